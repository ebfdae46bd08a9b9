package io.reactivelock.vertx;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockClientDisposedException;
import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

/**
 * One call of a client, from its start to the end of the lease that it got. It takes the place of the cancel that a future does not
 * have: it ends with its context and with its client.
 */
final class Hold<T> extends Answer<T> implements Closeable {
    private final ContextInternal context;
    private final String lockName;
    private final CloseFuture client;
    private final Duration disposeTimeout;

    private volatile @Nullable VertxLease lease;
    private volatile boolean working;

    Hold(ContextInternal context, String lockName, CloseFuture client, Duration disposeTimeout) {
        super(context.promise());
        this.context = context;
        this.lockName = lockName;
        this.client = client;
        this.disposeTimeout = disposeTimeout;
    }

    /** Without a context where it is refused: that of a closed Vertx can no longer tell anyone. */
    Future<T> begin(Mono<T> attempt) {
        if (client.add(this)) {
            if (context.closeFuture().add(this)) {
                attempt.subscribe(this);
                return promise.future();
            }
            client.remove(this);
        }
        return Future.failedFuture(new LockClientDisposedException(lockName));
    }

    /** The lease is this call's from here on. A release of one that ends hands the lock to the next, which may end in a moment. */
    VertxLease granted(Lease grant) {
        VertxLease granted = new VertxLease(context, grant, this::untie);
        lease = granted;
        if (isClosed()) {
            end(granted);
        }
        return granted;
    }

    private boolean isClosed() {
        return client.isClosed() || context.closeFuture().isClosed();
    }

    /** Runs the work on the context, unless its lease was lost on the way there. */
    Mono<T> work(VertxLease granted, Function<? super VertxLease, ? extends Future<T>> work) {
        return Mono.create(sink -> context.emit(null, nothing -> {
            if (!granted.isValid()) {
                sink.success();
                return;
            }
            working = true;
            try {
                Objects.requireNonNull(work.apply(granted), "the work returned no future")
                        .onComplete(sink::success, sink::error);
            } catch (Throwable e) {
                sink.error(e);
            }
        }));
    }

    /** A call that got no lease is over with its result. */
    @Override
    protected void hookFinally(SignalType end) {
        if (lease == null) {
            untie();
        }
    }

    private void untie() {
        client.remove(this);
        context.closeFuture().remove(this);
    }

    /** The context or the client ends. */
    @Override
    public void close(Completable<Void> done) {
        VertxLease held = lease;
        if (held == null) {
            promise.tryFail(new LockClientDisposedException(lockName));
            cancel();
            done.succeed();
        } else {
            end(held).onComplete(answered -> done.succeed());
        }
    }

    /** Who works under the lease is told that it is lost, and who still waits for it that there will be none. */
    private Future<@Nullable Void> end(VertxLease held) {
        Future<@Nullable Void> released = held.abandon(disposeTimeout);
        promise.tryFail(working ? new LeaseLostException(held.disposed()) : new LockClientDisposedException(lockName));
        return released;
    }
}
