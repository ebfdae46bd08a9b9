package io.reactivelock.spi;

import java.time.Duration;
import java.util.Objects;

/** What an attempt to take a lock came to. */
public sealed interface AttemptResult {
    /**
     * The holder has the lock, from before this answer was sent.
     *
     * @param token the value of the fencing token, positive
     */
    record Granted(long token) implements AttemptResult {}

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
}
