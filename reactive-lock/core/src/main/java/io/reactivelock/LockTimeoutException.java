package io.reactivelock;

import io.reactivelock.internal.Durations;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Someone else held the lock until the deadline. To try again later is right.
 *
 * <p>The caller holds nothing. A grant that was under way when the deadline came is given back.
 */
public final class LockTimeoutException extends LockException {
    private static final long serialVersionUID = 1L;

    private final Duration waitTime;
    private final @Nullable Duration heldFor;

    /**
     * Says for how long the lock was waited for.
     *
     * @param lockName the lock name
     * @param waitTime the request's wait time
     * @param heldFor how long the other holder's lease lasts if it is not renewed; null where the backend does not know
     */
    public LockTimeoutException(String lockName, Duration waitTime, @Nullable Duration heldFor) {
        super(
                lockName,
                "lock '" + lockName + "' not acquired within " + Durations.text(waitTime)
                        + (heldFor == null
                                ? " (held by another holder)"
                                : " (held by another holder for at most " + Durations.text(heldFor) + " more)"),
                null);
        this.waitTime = waitTime;
        this.heldFor = heldFor;
    }

    /** {@return the request's wait time} */
    public Duration waitTime() {
        return waitTime;
    }

    /** {@return how long the other holder's lease lasts if it is not renewed, where the backend knows it} */
    public Optional<Duration> heldFor() {
        return Optional.ofNullable(heldFor);
    }
}
