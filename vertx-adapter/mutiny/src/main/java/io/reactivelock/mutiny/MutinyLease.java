package io.reactivelock.mutiny;

import io.reactivelock.CheckReturnValue;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockRequest;
import io.smallrye.mutiny.Context;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;

/**
 * A {@link Lease} for Mutiny: one grant of a lock to one holder for a limited time. It belongs to whoever has the reference, not to a
 * thread, and is safe for use by several threads.
 */
public final class MutinyLease {
    private final Lease lease;

    MutinyLease(Lease lease) {
        this.lease = lease;
    }

    /** {@return the lock name} */
    public String name() {
        return lease.name();
    }

    /** {@return the group under which observers count this lock} See {@link LockRequest#group}. */
    public String group() {
        return lease.group();
    }

    /** {@return the fencing token of this grant} It never changes, not by renewal either. */
    public FencingToken token() {
        return lease.token();
    }

    /** {@return the holder under which the backend knows this grant} See {@link Lease#backendHolder}. */
    public Holder backendHolder() {
        return lease.backendHolder();
    }

    /** {@return how long from now the lease is valid if no renewal comes; zero once it is not valid} As {@link Lease#remaining}. */
    public Duration remaining() {
        return lease.remaining();
    }

    /**
     * {@return whether the holder may still believe that it holds the lock} Once false, it stays false. A true answer can be old by the
     * time it is acted upon; only a write that carries {@link #token()} to a guarded storage is safe from that.
     */
    public boolean isValid() {
        return lease.isValid();
    }

    /**
     * The signal that this lease was lost, as {@link Lease#lost}. Subscription has no side effect; any number of subscribers, at any
     * time, get the same. The item is the loss when the lease is lost, at once if it has been, or null when the lease is released.
     * Never fails. A cancel ends this subscription only. Delivered on the client's signal threads, where a slow subscriber delays no
     * renewal.
     *
     * @return the loss, or null after a release
     */
    public Uni<LeaseLoss> lost() {
        return Bridge.uni(lease.lost());
    }

    /**
     * Gives the lock back, as {@link Lease#release}. The first subscription ends the lease; every subscription gets the result of that
     * one release. A cancel ends only the wait for the result, never the release.
     *
     * <p>The item is true when this release freed the lock, false when the lease was no longer held. Fails with
     * {@link LockBackendException} if the backend gave no answer within the request's wait time. Delivered on the backend's thread.
     *
     * @return whether the lock was held until this release
     */
    @CheckReturnValue
    public Uni<Boolean> release() {
        return Bridge.uni(lease.release());
    }

    /**
     * Finds the innermost lease that {@link MutinyLockClient#withLock} put into the Mutiny context.
     *
     * @param context the subscriber's context, as {@code Uni.withContext} gives it
     * @return the lease, or empty outside of {@code withLock}
     */
    public static Optional<MutinyLease> current(Context context) {
        return Lease.current(Bridge.reactorContext(context)).map(MutinyLease::new);
    }

    /**
     * Finds the lease of one lock name that {@link MutinyLockClient#withLock} put into the Mutiny context, also where locks are nested.
     *
     * @param context the subscriber's context, as {@code Uni.withContext} gives it
     * @param name the lock name
     * @return the lease, or empty where no lock of that name is held around the subscriber
     */
    public static Optional<MutinyLease> current(Context context, String name) {
        return Lease.current(Bridge.reactorContext(context), name).map(MutinyLease::new);
    }

    @Override
    public String toString() {
        return lease.toString();
    }
}
