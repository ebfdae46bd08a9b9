package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockException;
import io.reactivelock.LockRequest;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One subscription of an acquire. It owns the race between a grant, the deadline, a failure and the cancel: whichever comes first
 * ends it, and a grant that comes later goes to another, or back. What is sent to the backend, and what has to be taken back from
 * there, is the business of its {@link BackendAcquirer}. // A1, A3, G2
 */
final class AcquireSubscription extends TimerEntry implements Subscription {
    private static final int NEW = 0;
    private static final int WAITING = 1;
    private static final int ENDED = 2;
    private static final AtomicIntegerFieldUpdater<AcquireSubscription> STATE =
            AtomicIntegerFieldUpdater.newUpdater(AcquireSubscription.class, "state");

    final LockRequest request;
    final Holder holder;

    /** Owned by the queue that this stands in. */
    @Nullable
    AcquireSubscription previous;

    /** Owned by the queue that this stands in. */
    @Nullable
    AcquireSubscription next;

    /** Owned by the queue that this stands in: whether it does. */
    boolean queued;

    /** Owned by the queue that this stands in: whether this is one of the {@link LockEngine#waiting}. */
    boolean counted;

    private final LockEngine engine;
    private final Strategy way;
    private final CoreSubscriber<? super Lease> actual;
    private final long deadline;
    private volatile int state = NEW;
    private volatile @Nullable WaiterQueue line;

    /** How to acquire: once, or until the deadline. */
    @FunctionalInterface
    interface Strategy {
        void join(LockEngine engine, AcquireSubscription acquisition);
    }

    /** Where an acquisition waits. */
    interface WaiterQueue {
        /** It will take no grant any more. Repeatable. */
        void leave(AcquireSubscription acquisition);

        /** Why it has got nothing so far. */
        LockException outcome(AcquireSubscription acquisition);
    }

    AcquireSubscription(LockEngine engine, LockRequest request, Strategy way, CoreSubscriber<? super Lease> actual) {
        this.engine = engine;
        this.request = request;
        this.way = way;
        this.actual = actual;
        holder = engine.holders.next();
        deadline = engine.clock.nanos() + request.waitTime().toNanos();
    }

    Context context() {
        return actual.currentContext();
    }

    /** Called by the line before this can get a grant from it. */
    void stand(WaiterQueue where) {
        line = where;
    }

    @Override
    public void request(long n) {
        if (!Operators.validate(n) || !STATE.compareAndSet(this, NEW, WAITING)) {
            return;
        }
        if (engine.isDisposed()) {
            onDispose();
            return;
        }
        way.join(engine, this);
        if (state == WAITING) {
            engine.timers.schedule(this, deadline);
        }
        if (state == ENDED) {
            // it ended while it joined, when there was nothing to leave yet
            leave();
        } else if (engine.isDisposed()) {
            onDispose();
        }
    }

    @Override
    public void cancel() {
        if (STATE.getAndSet(this, ENDED) == WAITING) {
            leave();
        }
    }

    /** Takes this for a grant: whoever gets true ends it, with {@link #emit}. */
    boolean claim() {
        return STATE.compareAndSet(this, WAITING, ENDED);
    }

    void emit(DefaultLease lease) {
        engine.timers.cancel(this);
        lease.start();
        actual.onNext(lease);
        actual.onComplete();
    }

    void complete() {
        if (claim()) {
            leave();
            actual.onComplete();
        }
    }

    void fail(LockException error) {
        if (claim()) {
            leave();
            actual.onError(error);
        }
    }

    @Override
    void onDue(long now) {
        // what follows reaches user code, which must not run on the timer thread. // G6
        engine.signal(() -> {
            WaiterQueue where = line;
            if (engine.isDisposed() || where == null) {
                onDispose();
            } else {
                fail(where.outcome(this));
            }
        });
    }

    @Override
    void onDispose() {
        fail(new LockClientDisposedException(request.name()));
    }

    @Override
    void onClose() {
        onDispose();
    }

    private void leave() {
        engine.timers.cancel(this);
        WaiterQueue where = line;
        if (where != null) {
            where.leave(this);
        }
    }
}
