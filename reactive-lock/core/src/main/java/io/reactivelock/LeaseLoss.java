package io.reactivelock;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why and when a lease ended before it was released.
 *
 * <p>A value, safe for use by several threads.
 *
 * @param name the lock name
 * @param token the token of the lost lease
 * @param reason what ended it
 * @param noticedAfter how long after the end of the lease's validity the loss was noticed; zero if it was noticed before
 * @param cause the last trouble of renewal, where there was one
 */
public record LeaseLoss(
        String name,
        FencingToken token,
        Reason reason,
        Duration noticedAfter,
        @Nullable Throwable cause) {

    /** What ended a lease. */
    public enum Reason {
        /** Validity ended before a renewal was confirmed. The backend was out of reach, or this process stood still. */
        EXPIRED,
        /** The backend answered that this holder no longer holds the lock. */
        TAKEN,
        /** The wall clock ran ahead of the monotonic clock: the machine may have been suspended. */
        SUSPENDED,
        /** {@link LockRequest#maxHold()} was reached. */
        MAX_HOLD,
        /** The client was disposed. */
        DISPOSED
    }

    /**
     * Refuses null for all but the cause.
     *
     * @param name the lock name
     * @param token the token of the lost lease
     * @param reason what ended it
     * @param noticedAfter how long after the end of the lease's validity the loss was noticed; zero if it was noticed before
     * @param cause the last trouble of renewal, where there was one
     */
    public LeaseLoss {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(noticedAfter, "noticedAfter");
    }
}
