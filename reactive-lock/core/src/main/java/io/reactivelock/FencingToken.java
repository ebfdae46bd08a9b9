package io.reactivelock;

import java.util.Objects;

/**
 * What a grant gives its holder to show to the storage: a value that is strictly greater for every later grant of the same lock
 * name, and the holder, which tells one grant's repeats from another grant that was given the same value after the lock's backend
 * lost data.
 *
 * <p>Tokens of different lock names, or of different backends, say nothing about each other; so there is no order on this type.
 *
 * <p>A value, safe for use by several threads.
 *
 * @param value a positive number
 * @param holder the holder that it was granted to
 */
public record FencingToken(long value, Holder holder) {
    /**
     * @param value a positive number
     * @param holder the holder that it was granted to
     * @throws IllegalArgumentException if the value is not positive
     */
    public FencingToken {
        if (value <= 0) {
            throw new IllegalArgumentException("a fencing token's value is positive, not " + value);
        }
        Objects.requireNonNull(holder, "holder");
    }

    /** Returns the value and the holder, as in {@code 42@0123456789abcdef0123456789abcdef}. */
    @Override
    public String toString() {
        return value + "@" + holder;
    }
}
