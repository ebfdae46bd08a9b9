package io.reactivelock;

import io.reactivelock.internal.Durations;

/**
 * The lease was lost while the work ran, and the work was cancelled. What the work had done by then stands; what it wrote through
 * a fencing guard was written while no later holder had advanced.
 */
public final class LeaseLostException extends LockException {
    private static final long serialVersionUID = 1L;

    private final transient LeaseLoss loss;

    /**
     * For adapters, and for tests of what catches it.
     *
     * @param loss why and when
     */
    public LeaseLostException(LeaseLoss loss) {
        super(
                loss.name(),
                "lease of lock '" + loss.name() + "' lost (" + loss.reason() + "), noticed "
                        + Durations.text(loss.noticedAfter()) + " after its validity ended",
                loss.cause());
        this.loss = loss;
    }

    /** {@return why and when the lease was lost} */
    public LeaseLoss loss() {
        return loss;
    }
}
