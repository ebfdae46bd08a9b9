package io.reactivelock;

import io.reactivelock.internal.LeaseContext;
import java.time.Duration;
import java.util.Optional;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * One grant of a lock to one holder for a limited time. It renews itself, unless the request said otherwise, until it is released
 * or lost.
 *
 * <p>A lease belongs to whoever has the reference, not to a thread: it may be used, passed on and released anywhere. There is no
 * re-entry; who wants it passes the lease on. Safe for use by several threads.
 */
public interface Lease {
    /** {@return the lock name} */
    String name();

    /** {@return the group under which observers count this lock} See {@link LockRequest#group}. */
    String group();

    /** {@return the fencing token of this grant} It never changes, not by renewal either. */
    FencingToken token();

    /**
     * {@return the holder under which the backend knows this grant: what stands in the lock's entry there} It differs from the holder
     * of the {@link #token()}, which stands in the guarded storage, where a release handed the lock off inside the client.
     */
    Holder backendHolder();

    /**
     * {@return how long from now the lease is valid if no renewal comes; zero once it is not valid} Measured on the monotonic clock
     * from before the request was sent, less the drift margin.
     */
    Duration remaining();

    /**
     * {@return whether the holder may still believe that it holds the lock} Once false, it stays false.
     *
     * <p>A true answer can be old by the time it is acted upon, for this process may be paused at any instruction. Only a write
     * that carries {@link #token()} to a guarded storage is safe from that.
     */
    boolean isValid();

    /**
     * The signal that this lease was lost.
     *
     * <p>Subscription has no side effect; any number of subscribers, at any time, get the same signal. Emits one value when the
     * lease is lost, at once if it has been; completes empty when the lease is released. Never errors. A cancel ends this
     * subscription only. Delivered on the client's signal threads, where a slow subscriber delays no renewal.
     *
     * @return the loss, or empty after a release
     */
    @CheckReturnValue
    Mono<LeaseLoss> lost();

    /**
     * Gives the lock back.
     *
     * <p>The first subscription ends the lease: from then on {@link #isValid()} is false, no renewal is sent, and the release is
     * on its way; nothing happens before. Every subscription gets the result of that one release. A cancel ends only the wait for
     * the result, never the release.
     *
     * <p>Emits true when this release freed the lock, or leaves it to the end of {@link LockRequest#holdAtLeast}; false when the lease was no longer held: it had been lost. Errors with
     * {@link LockBackendException} if the backend gave no answer within the request's wait time; the lock is then free at the
     * latest one lease time after its last renewal. Delivered on the backend's thread.
     *
     * @return whether the lock was held until this release
     */
    @CheckReturnValue
    Mono<Boolean> release();

    /**
     * Finds the innermost lease that {@link LockClient#withLock} put into the Reactor Context.
     *
     * @param context the subscriber's context
     * @return the lease, or empty outside of {@code withLock}
     */
    static Optional<Lease> current(ContextView context) {
        return LeaseContext.innermost(context);
    }

    /**
     * Finds the lease of one lock name that {@link LockClient#withLock} put into the Reactor Context, also where locks are nested.
     *
     * @param context the subscriber's context
     * @param name the lock name
     * @return the lease, or empty where no lock of that name is held around the subscriber
     */
    static Optional<Lease> current(ContextView context, String name) {
        return LeaseContext.named(context, name);
    }
}
