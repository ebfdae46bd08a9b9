package io.reactivelock.internal;

import java.time.Duration;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Delays between the attempts of one acquire. Without a queue: exponential, capped, with full jitter (Brooker, "Exponential Backoff
 * And Jitter"). With a queue an attempt only guards against a lost notification, and the queue says how soon. Either way an attempt falls
 * just behind the moment at which the other holder's lease would end.
 */
final class BackOff {
    private final long minNanos;
    private final long maxNanos;
    private final LongUnaryOperator random;

    /**
     * @param random draws a number from zero to below the one that it is given
     */
    BackOff(Duration min, Duration max, LongUnaryOperator random) {
        minNanos = min.toNanos();
        maxNanos = max.toNanos();
        this.random = random;
    }

    long polling(int attempt) {
        // a shift beyond the cap's bits would overflow
        long bound =
                attempt >= Long.numberOfLeadingZeros(minNanos) - 1 ? maxNanos : Math.min(maxNanos, minNanos << attempt);
        return random(bound);
    }

    long polling(int attempt, @Nullable Duration remaining) {
        return Math.min(polling(attempt), afterExpiry(remaining));
    }

    long queued(Duration checkAfter, @Nullable Duration remaining) {
        long check = Durations.nanos(checkAfter);
        return Math.min(check - random(check / 4 + 1), afterExpiry(remaining));
    }

    private long afterExpiry(@Nullable Duration remaining) {
        return remaining == null ? Long.MAX_VALUE : Durations.nanos(remaining) + random(minNanos);
    }

    private long random(long bound) {
        return random.applyAsLong(bound) + 1;
    }
}
