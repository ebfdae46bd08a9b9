package io.reactivelock.fencing;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guard could not do its work; nothing is said about the token. It says two things: whether the same call may succeed later
 * ({@link #isTransient()}), and whether the failed call may have taken effect all the same ({@link #isOutcomeUnknown()}).
 */
public final class FencingGuardException extends FencingException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What a failure leaves open. */
    public enum Kind {
        /** The call had no effect, and will have none until something is repaired: a missing table, a misplaced check. */
        PERMANENT(false, false),
        /** The call had no effect; the same call may succeed later: a deadlock, a lock time-out, no connection. */
        TRANSIENT(true, false),
        /**
         * The call may or may not have taken effect: the reply to the commit did not come, or no standby has confirmed it. The same
         * call may succeed later, and must be written so that a second time does no harm, as by {@code writeOnce}.
         */
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
     * @param kind what the failure leaves open
     * @param message what happened
     * @param cause the driver's exception, where there is one
     */
    public FencingGuardException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
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
