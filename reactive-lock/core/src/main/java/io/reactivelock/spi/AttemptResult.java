package io.reactivelock.spi;

import java.time.Duration;
import java.util.Objects;

/** What an attempt to take a lock came to. */
public sealed interface AttemptResult {
    /**
     * The holder has the lock, from before this answer was sent.
     *
     * @param token the value of the fencing token, positive
     * @param tokens how many values from that one on belong to this grant, 1 or more: no other grant gets them, and all later ones
     *     are above
     * @param contended whether others stand in the lock's queue, as far as the backend knows
     */
    record Granted(long token, int tokens, boolean contended) implements AttemptResult {}

    /**
     * Someone else has the lock.
     *
     * @param remaining how long at most, unless that lease is renewed
     */
    record Busy(Duration remaining) implements AttemptResult {
        /** Refuses null. */
        public Busy {
            Objects.requireNonNull(remaining, "remaining");
        }
    }

    /**
     * Someone else has the lock or is to get it first, and the holder stands in the queue.
     *
     * @param remaining how long the lock is held at most, unless that lease is renewed
     * @param checkAfter when the holder should ask again, if it hears nothing before; one that stays silent for a few times as long
     *     loses its place
     * @param serverTime the server's clock at this attempt, counted from any fixed moment; {@link WaitSignal.HandOff} tells its time
     *     on the same clock
     */
    record Queued(Duration remaining, Duration checkAfter, Duration serverTime) implements AttemptResult {
        /** Refuses null. */
        public Queued {
            Objects.requireNonNull(remaining, "remaining");
            Objects.requireNonNull(checkAfter, "checkAfter");
            Objects.requireNonNull(serverTime, "serverTime");
        }
    }
}
