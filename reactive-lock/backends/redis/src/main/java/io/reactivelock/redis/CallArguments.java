package io.reactivelock.redis;

import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.netty.buffer.ByteBuf;
import io.reactivelock.redis.Request.Member;
import java.nio.ByteBuffer;
import java.util.List;

/** The arguments of one call of {@code lock.lua}, written straight into the connection's buffer, as often as Lettuce sends it. */
final class CallArguments extends CommandArgs<String, String> {
    private static final int KEYS_PER_OPERATION = 4;
    private static final int ARGUMENTS_PER_OPERATION = KEYS_PER_OPERATION + 2;
    /** About what one operation takes, so that the buffer is not enlarged again and again. */
    private static final int BYTES_PER_OPERATION = 512;

    private final byte[] script;
    private final List<Member<?>> members;
    private final Runnable written;

    /**
     * @param script the script or its digest
     * @param members whose operations follow
     * @param written is told when the connection writes them
     */
    CallArguments(byte[] script, List<Member<?>> members, Runnable written) {
        super(StringCodec.UTF8);
        this.script = script;
        this.members = members;
        this.written = written;
    }

    @Override
    public int count() {
        return 2 + ARGUMENTS_PER_OPERATION * members.size();
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
