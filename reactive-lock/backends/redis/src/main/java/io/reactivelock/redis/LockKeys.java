package io.reactivelock.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** The keys of one lock. They share the lock name as their hash tag, so that a Cluster keeps them together. */
final class LockKeys {
    private static final byte[] LOCK = "lock".getBytes(US_ASCII);
    private static final byte[] TOKEN = "token".getBytes(US_ASCII);
    private static final byte[] WAIT = "wait".getBytes(US_ASCII);
    private static final byte[] WAITERS = "waiters".getBytes(US_ASCII);

    private final byte[] stem;

    LockKeys(String keyPrefix, String name) {
        stem = stem(keyPrefix, name).getBytes(UTF_8);
    }

    static String lock(String keyPrefix, String name) {
        return stem(keyPrefix, name) + "lock";
    }

    /**
     * The hash tag is what stands between the first brace and the next closing one; so a name's own closing braces are written
     * otherwise. The key prefix has no braces.
     */
    private static String stem(String keyPrefix, String name) {
        String tag = name.indexOf('}') < 0 && name.indexOf('%') < 0
                ? name
                : name.replace("%", "%25").replace("}", "%7D");
        return keyPrefix + ":{" + tag + "}:";
    }

    /** What a script call reads of every lock. */
    void writeStrings(ByteBuf out) {
        Resp.string(out, stem, LOCK);
        Resp.string(out, stem, TOKEN);
    }

    /** What it needs where there are waiters. */
    void writeQueue(ByteBuf out) {
        Resp.string(out, stem, WAIT);
        Resp.string(out, stem, WAITERS);
    }

    ByteBuffer lock() {
        return ByteBuffer.allocate(stem.length + LOCK.length)
                .put(stem)
                .put(LOCK)
                .flip();
    }
}
