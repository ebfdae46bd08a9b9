package io.reactivelock;

import org.jspecify.annotations.Nullable;

/**
 * The backend failed, or gave no answer in time. It says two things: whether the same call may succeed later
 * ({@link #isTransient()}), and whether the failed call may have taken effect all the same ({@link #isOutcomeUnknown()}).
 *
 * <p>The client itself repeats transient failures until the deadline, so a caller sees one only when the deadline has come.
 */
public final class LockBackendException extends LockException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What a failure leaves open. */
    public enum Kind {
        /** The call had no effect, and will have none until something is repaired: a wrong type, a refused permission. */
        PERMANENT(false, false),
        /** The call had no effect; the same call may succeed later: the server is loading, read-only or out of memory. */
        TRANSIENT(true, false),
        /** The call may or may not have taken effect: no reply came. The same call may succeed later. */
        UNKNOWN(true, true);

        private final boolean transientFailure;
        private final boolean outcomeUnknown;

        Kind(boolean transientFailure, boolean outcomeUnknown) {
            this.transientFailure = transientFailure;
            this.outcomeUnknown = outcomeUnknown;
        }
    }

    /**
     * Says what went wrong, and what it leaves open.
     *
     * @param lockName the lock name
     * @param kind what the failure leaves open
     * @param message what happened, with numbers
     * @param cause the backend's own exception, where there is one
     */
    public LockBackendException(String lockName, Kind kind, String message, @Nullable Throwable cause) {
        super(lockName, "lock '" + lockName + "': " + message, cause);
        this.kind = kind;
    }

    /** {@return what the failure leaves open} */
    public Kind kind() {
        return kind;
    }

    /** {@return whether the same call may succeed later} */
    public boolean isTransient() {
        return kind.transientFailure;
    }

    /** {@return whether the call may have taken effect all the same} */
    public boolean isOutcomeUnknown() {
        return kind.outcomeUnknown;
    }
}
