package io.reactivelock.chaos.fault;

import java.util.random.RandomGenerator;

/** Draws the longest times and the largest numbers, and the same side of every coin. */
record Longest(boolean nextBoolean) implements RandomGenerator {
    @Override
    public long nextLong() {
        return 0;
    }

    @Override
    public long nextLong(long origin, long bound) {
        return bound - 1;
    }

    @Override
    public int nextInt(int origin, int bound) {
        return bound - 1;
    }

    @Override
    public int nextInt(int bound) {
        return 0;
    }
}
