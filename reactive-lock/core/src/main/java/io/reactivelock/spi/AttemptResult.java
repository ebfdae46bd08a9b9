package io.reactivelock.spi;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Outcome of an acquire attempt. */
public sealed interface AttemptResult {
    /**
     * The holder has the lock, from before this answer was sent.
     *
     * @param token the value of the fencing token, positive
     * @param tokens how many values from that one on belong to this grant, 1 or more: no other grant gets them, and all later ones
     *     are above
     * @param contended whether others stand in the lock's queue, as far as the backend knows
     * @param leaseTime how long the server really keeps the lock for it, from the request on: at least what was asked, or less where
     *     it cannot
     */
    record Granted(long token, int tokens, boolean contended, Duration leaseTime) implements AttemptResult {
        /**
         * Refuses null.
         *
         * @param token the value of the fencing token, positive
         * @param tokens how many values from that one on belong to this grant, 1 or more: no other grant gets them, and all later ones
         *     are above
         * @param contended whether others stand in the lock's queue, as far as the backend knows
         * @param leaseTime how long the server really keeps the lock for it, from the request on: at least what was asked, or less where
         *     it cannot
         */
        public Granted {
            Objects.requireNonNull(leaseTime, "leaseTime");
        }
    }

    /**
     * Someone else has the lock.
     *
     * @param remaining how long at most, unless that lease is renewed; null where the backend does not know
     */
    record Busy(@Nullable Duration remaining) implements AttemptResult {}

    /**
     * Someone else has the lock or is to get it first, and the holder stands in the queue.
     *
     * @param remaining how long the lock is held at most, unless that lease is renewed; null where the backend does not know
     * @param checkAfter when the holder should ask again, if it hears nothing before; one that stays silent for a few times as long
     *     loses its place
     * @param serverTime the server's clock at this attempt, counted from any fixed moment, for {@link WaitSignal.HandOff} tells its
     *     time on the same clock; null where the backend never hands off, but only tells whose turn it is
     */
    record Queued(
            @Nullable Duration remaining,
            Duration checkAfter,
            @Nullable Duration serverTime) implements AttemptResult {
        /**
         * Refuses null where there is always a value.
         *
         * @param remaining how long the lock is held at most, unless that lease is renewed; null where the backend does not know
         * @param checkAfter when the holder should ask again, if it hears nothing before; one that stays silent for a few times as long
         *     loses its place
         * @param serverTime the server's clock at this attempt, counted from any fixed moment, for {@link WaitSignal.HandOff} tells its
         *     time on the same clock; null where the backend never hands off, but only tells whose turn it is
         */
        public Queued {
            Objects.requireNonNull(checkAfter, "checkAfter");
        }
    }
}
