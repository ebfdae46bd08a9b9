package io.reactivelock.redis;

import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.netty.buffer.ByteBuf;
import io.reactivelock.redis.Request.PendingCommand;
import java.nio.ByteBuffer;
import java.util.List;

/** The arguments of one call of {@code lock.lua}. Written straight into the connection's buffer, each time that Lettuce sends it. */
final class ScriptCallArguments extends CommandArgs<String, String> {
    private static final int KEYS_PER_OPERATION = 4;
    private static final int ARGUMENTS_PER_OPERATION = KEYS_PER_OPERATION + 2;
    /** About the size of one operation, so that the buffer grows once. */
    private static final int BYTES_PER_OPERATION = 512;

    private final byte[] script;
    private final List<PendingCommand<?>> commands;
    private final Runnable written;

    /**
     * @param script the script or its digest
     * @param commands whose operations follow
     * @param written runs when the connection writes them
     */
    ScriptCallArguments(byte[] script, List<PendingCommand<?>> commands, Runnable written) {
        super(StringCodec.UTF8);
        this.script = script;
        this.commands = commands;
        this.written = written;
    }

    @Override
    public int count() {
        return 2 + ARGUMENTS_PER_OPERATION * commands.size();
    }

    @Override
    public void encode(ByteBuf out) {
        int size = commands.size();
        out.ensureWritable(script.length + BYTES_PER_OPERATION * size);
        Resp.string(out, script);
        Resp.number(out, (long) KEYS_PER_OPERATION * size);
        for (int i = 0; i < size; i++) {
            commands.get(i).operation.keys.writeStrings(out);
        }
        for (int i = 0; i < size; i++) {
            commands.get(i).operation.keys.writeQueue(out);
        }
        for (int i = 0; i < size; i++) {
            commands.get(i).operation.write(out);
        }
        written.run();
    }

    /** A Cluster client routes by this key. */
    @Override
    public ByteBuffer getFirstEncodedKey() {
        return commands.get(0).operation.keys.lock();
    }
}
