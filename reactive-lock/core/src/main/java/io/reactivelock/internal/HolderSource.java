package io.reactivelock.internal;

import io.reactivelock.Holder;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * New holders without blocking. A secure generator may read a device, so it is asked once, when the client is created; each
 * holder mixes a counter into that seed of 128 bits. Two holders of one client differ, since the mix is a bijection of the counter;
 * those of two clients are the same only if their seeds are related by chance, of about 1 to 2^98.
 */
final class HolderSource {
    /** 2^64 divided by the golden ratio, odd: the usual step that spreads a counter over all bits. */
    private static final long GOLDEN_STEP = 0x9E3779B97F4A7C15L;

    private final long highSeed;
    private final long lowSeed;
    private final AtomicLong counter = new AtomicLong();

    HolderSource(RandomGenerator random) {
        highSeed = random.nextLong();
        lowSeed = random.nextLong();
    }

    Holder next() {
        long count = counter.getAndIncrement();
        return new Holder(mix(highSeed + count), mix(lowSeed + count * GOLDEN_STEP));
    }

    /** Stafford's variant 13 of the MurmurHash3 finaliser, as in SplittableRandom. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
