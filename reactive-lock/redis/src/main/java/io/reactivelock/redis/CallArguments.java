package io.reactivelock.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactivelock.redis.Request.Member;
import java.nio.ByteBuffer;
import java.util.List;

/** The arguments of one call of {@code lock.lua}, written straight into the connection's buffer, as often as Lettuce sends it. */
final class CallArguments extends CommandArgs<String, String> {
    private static final int KEYS_PER_OPERATION = 4;
    /** About what one operation takes, so that the buffer is not enlarged again and again. */
    private static final int BYTES_PER_OPERATION = 512;

    private final byte[] script;
    private final Constants constants;
    private final List<Member<?>> members;
    private final Runnable written;

    /** Arguments that are the same in every call of a backend. */
    static final class Constants {
        private final int count;
        private final byte[] bytes;

        Constants(List<String> arguments) {
            ByteBuf out = Unpooled.buffer();
            arguments.forEach(argument -> Resp.string(out, argument.getBytes(US_ASCII)));
            count = arguments.size();
            bytes = ByteBufUtil.getBytes(out);
        }
    }

    /**
     * @param script the script or its digest
     * @param constants follow the keys
     * @param members whose operations follow
     * @param written is told when the connection writes them
     */
    CallArguments(byte[] script, Constants constants, List<Member<?>> members, Runnable written) {
        super(StringCodec.UTF8);
        this.script = script;
        this.constants = constants;
        this.members = members;
        this.written = written;
    }

    @Override
    public int count() {
        int count = 2 + KEYS_PER_OPERATION * members.size() + constants.count;
        for (int i = 0; i < members.size(); i++) {
            count += members.get(i).operation.arguments();
        }
        return count;
    }

    @Override
    public void encode(ByteBuf out) {
        int size = members.size();
        out.ensureWritable(script.length + BYTES_PER_OPERATION * size);
        Resp.string(out, script);
        Resp.number(out, (long) KEYS_PER_OPERATION * size);
        for (int i = 0; i < size; i++) {
            members.get(i).operation.keys.writeStrings(out);
        }
        for (int i = 0; i < size; i++) {
            members.get(i).operation.keys.writeQueue(out);
        }
        out.writeBytes(constants.bytes);
        for (int i = 0; i < size; i++) {
            members.get(i).operation.write(out);
        }
        written.run();
    }

    /** By this a Cluster finds the node. */
    @Override
    public ByteBuffer getFirstEncodedKey() {
        return members.get(0).operation.keys.lock();
    }
}
