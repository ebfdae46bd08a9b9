package io.reactivelock.internal;

import io.reactivelock.Holder;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.function.Consumer;

/**
 * New holders, each of new random bytes. No state of ours goes from one to the next: a process may be cloned at any moment, with every
 * generator in it (a restored snapshot, a copied machine), and two clones that drew the same holders would take each other's grants for
 * their own. The JDK's secure generator mixes what the operating system draws into every answer. On Linux that is a read of a device that
 * never waits, and is not taken for blocking. (G3)
 */
final class HolderSource {
    private static final int BYTES = 2 * Long.BYTES;

    private final Consumer<byte[]> random;

    HolderSource() {
        this(new SecureRandom()::nextBytes);
    }

    /**
     * @param random fills an array with random bytes
     */
    HolderSource(Consumer<byte[]> random) {
        this.random = random;
    }

    Holder next() {
        byte[] drawn = new byte[BYTES];
        random.accept(drawn);
        ByteBuffer bytes = ByteBuffer.wrap(drawn);
        return new Holder(bytes.getLong(), bytes.getLong());
    }
}
