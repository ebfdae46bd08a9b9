package io.reactivelock.vertx;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLoss.Reason;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Lease} for Vert.x. It belongs to whoever has the reference: any verticle may use and release it. It ends with the verticle
 * that acquired it. Safe for use by several threads.
 */
public final class VertxLease {
    private final ContextInternal context;
    private final Lease lease;
    private final Promise<@Nullable LeaseLoss> lost;

    /** Tells {@code ended} on the thread that ends the lease, which need not be one of the context. */
    VertxLease(ContextInternal context, Lease lease, Runnable ended) {
        this.context = context;
        this.lease = lease;
        this.lost = context.promise();
        lease.lost().doOnTerminate(ended).subscribe(new Answer<>(lost));
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

    /** {@return how long from now the lease is valid if no renewal comes; zero once it is not valid} See {@link Lease#remaining}. */
    public Duration remaining() {
        return lease.remaining();
    }

    /** {@return whether the holder may still believe that it holds the lock} Once false, it stays false. See {@link Lease#isValid}. */
    public boolean isValid() {
        return lease.isValid();
    }

    /**
     * The signal that this lease was lost.
     *
     * <p>Completes with the loss when the lease is lost, at once if it has been; with {@code null} when it is released. Never fails.
     * May be called any number of times; each result is on the context of its caller.
     *
     * @return the loss, or null after a release
     */
    public Future<@Nullable LeaseLoss> lost() {
        PromiseInternal<@Nullable LeaseLoss> result = caller().promise();
        lost.future().onComplete(result);
        return result.future();
    }

    /**
     * Gives the lock back. From this call on {@link #isValid()} is false, and no renewal is sent.
     *
     * <p>Completes with true when this release freed the lock, with false when the lease was no longer held: it had been lost. A
     * repeated call has the result of the first. Fails with {@link LockBackendException} if the backend gave no answer within the
     * request's wait time; the lock is then free at the latest one lease time after its last renewal. The result is on the context
     * of its caller.
     *
     * @return whether the lock was held until this release
     */
    public Future<Boolean> release() {
        Promise<Boolean> result = caller().promise();
        lease.release().map(held -> held && !isLost()).subscribe(new Answer<>(result));
        return result.future();
    }

    private boolean isLost() {
        return lost.future().succeeded() && lost.future().result() != null;
    }

    private ContextInternal caller() {
        return context.owner().getOrCreateContext();
    }

    /** What whoever holds this is told when its context or client ends. */
    LeaseLoss disposed() {
        return new LeaseLoss(name(), token(), Reason.DISPOSED, Duration.ZERO, null);
    }

    /**
     * Ends the lease with its context or client.
     *
     * @param patience how long to wait for the answer
     * @return success when the release was answered, or failed, or took too long to wait for
     */
    Future<@Nullable Void> abandon(Duration patience) {
        if (lease.isValid()) {
            lost.tryComplete(disposed());
        }
        return release()
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .transform(answered -> Future.succeededFuture());
    }

    @Override
    public String toString() {
        return lease.toString();
    }
}
