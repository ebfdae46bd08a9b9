package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockException;
import io.reactivelock.LockObserver;
import io.reactivelock.LockObserver.AcquireEnd;
import io.reactivelock.LockObserver.GrantPath;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/**
 * One subscription of an acquire. It owns the race between a grant, the deadline, a failure and the cancel: whichever comes first
 * ends it, and a grant that comes later goes to another, or back. What is sent to the backend, and what has to be taken back from
 * there, is the business of a {@link BackendAcquirer}. (A1, A3, G2)
 */
final class AcquireSubscription extends TimerEntry
        implements Subscription, LinkedDeque.Linked<AcquireSubscription>, LockObserver.Acquire, DefaultLease.Asker {
    private static final int NEW = 0;
    private static final int WAITING = 1;
    /** Whoever moved it here ends it. */
    private static final int CLAIMED = 2;

    private static final int ENDED = 3;
    private static final AtomicIntegerFieldUpdater<AcquireSubscription> STATE =
            AtomicIntegerFieldUpdater.newUpdater(AcquireSubscription.class, "state");

    private static final int UNDECIDED = 0;
    private static final int QUEUED = 1;
    private static final int NEVER_QUEUED = 2;
    private static final AtomicIntegerFieldUpdater<AcquireSubscription> QUEUEING =
            AtomicIntegerFieldUpdater.newUpdater(AcquireSubscription.class, "queueing");

    final LockRequest request;
    final Holder holder;
    private final @Nullable AcquireSite site;

    /** Owned by the queue that this stands in, as the next two. */
    private @Nullable AcquireSubscription previous;

    private @Nullable AcquireSubscription next;
    private boolean linked;

    /** Owned by the queue that this stands in: whether this is one of the waiters that are counted. */
    boolean counted;

    private final EngineRuntime runtime;
    private final Strategy strategy;
    private final CoreSubscriber<? super Lease> actual;
    private final long deadline;
    private volatile int state = NEW;
    private volatile int queueing = UNDECIDED;
    private volatile @Nullable WaiterQueue queue;

    /** How to acquire: once, or until the deadline. */
    @FunctionalInterface
    interface Strategy {
        void join(AcquireSubscription subscription);
    }

    /** Where it waits. */
    interface WaiterQueue {
        /** It will take no grant any more. Idempotent. */
        void leave(AcquireSubscription subscription);

        /** Why it has got nothing so far. */
        LockException outcome(AcquireSubscription subscription);
    }

    AcquireSubscription(
            EngineRuntime runtime,
            LockRequest request,
            @Nullable AcquireSite site,
            Strategy strategy,
            CoreSubscriber<? super Lease> actual) {
        this.runtime = runtime;
        this.request = request;
        this.site = site;
        this.strategy = strategy;
        this.actual = actual;
        holder = runtime.holders().next();
        deadline = runtime.clock().nanos() + request.waitTime().toNanos();
    }

    Context context() {
        return actual.currentContext();
    }

    /** Called by the queue before this can get a grant from it. */
    void entered(WaiterQueue where) {
        queue = where;
    }

    @Override
    public void request(long n) {
        if (!Operators.validate(n) || !STATE.compareAndSet(this, NEW, WAITING)) {
            return;
        }
        runtime.observation().started(this);
        if (runtime.isClosing()) {
            onDispose();
            return;
        }
        strategy.join(this);
        if (state == WAITING) {
            runtime.timers().schedule(this, deadline);
        }
        if (state != WAITING) {
            // it ended while it joined, when there was nothing to leave yet
            leave();
        } else if (runtime.isClosing()) {
            onDispose();
        }
    }

    @Override
    public void cancel() {
        // a grant that has claimed it and is not delivered yet is given back by its delivery
        if (STATE.getAndSet(this, ENDED) == WAITING) {
            leave();
            decideQueueing();
            runtime.observation().ended(this, AcquireEnd.CANCELLED, null);
        }
    }

    /** Takes this for a grant: whoever gets true ends it, with {@link #emit}. */
    boolean claim() {
        return STATE.compareAndSet(this, WAITING, CLAIMED);
    }

    /** Gives it the lease, on the scheduler that was chosen for that. */
    void deliver(DefaultLease granted, GrantPath path) {
        Scheduler scheduler = runtime.options().deliveryScheduler().orElse(null);
        if (scheduler == null || ForeignCode.thrownBy(() -> scheduler.schedule(() -> emit(granted, path))) != null) {
            emit(granted, path);
        }
    }

    /**
     * From the call of {@code onNext} on the lease is its subscriber's, and a cancel means nothing any more: an operator that took the
     * value cancels as one does that dropped it. (G2)
     */
    private void emit(DefaultLease granted, GrantPath path) {
        runtime.timers().cancel(this);
        decideQueueing();
        runtime.observation().granted(this, granted, path);
        if (!STATE.compareAndSet(this, CLAIMED, ENDED)) {
            giveBack(granted);
            return;
        }
        Lease lease = new LeaseHandle(granted);
        granted.handedOut(lease);
        Throwable thrown = ForeignCode.thrownBy(() -> actual.onNext(lease));
        if (thrown == null) {
            ForeignCode.run("a subscriber, as its acquire ended", actual::onComplete);
        } else {
            rejected(lease, thrown);
        }
    }

    private static void giveBack(Lease lease) {
        lease.release().subscribe(released -> {}, e -> ForeignCode.log("the release of a lease that nobody took", e));
    }

    /** Nobody uses what its subscriber failed to take. */
    private void rejected(Lease lease, Throwable thrown) {
        ForeignCode.log("a subscriber, as it got the lock '" + name() + "', which is given back", thrown);
        giveBack(lease);
        ForeignCode.run("a subscriber, as it was told that it failed", () -> actual.onError(thrown));
    }

    void complete() {
        if (claim()) {
            leave();
            decideQueueing();
            runtime.observation().ended(this, AcquireEnd.BUSY, null);
            ForeignCode.run("a subscriber, as its try ended", actual::onComplete);
        }
    }

    void fail(LockException error) {
        if (claim()) {
            leave();
            decideQueueing();
            AcquireEnd end = error instanceof LockTimeoutException ? AcquireEnd.TIMED_OUT : AcquireEnd.FAILED;
            runtime.observation().ended(this, end, error);
            ForeignCode.run("a subscriber, as its acquire failed", () -> actual.onError(error));
        }
    }

    @Override
    void onDue(long now) {
        // what follows reaches user code, which must not run on the timer thread (G6)
        runtime.signals().run(() -> {
            WaiterQueue where = queue;
            if (runtime.isClosing() || where == null) {
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

    /** It has found the lock held, and waits. Called outside of any monitor. */
    void onQueued() {
        if (QUEUEING.compareAndSet(this, UNDECIDED, QUEUED)) {
            runtime.observation().queued(this);
        }
    }

    /** An acquire may end before its queue tells that it waits. Then nobody is told, so that a count of waiters adds up. */
    private void decideQueueing() {
        if (runtime.observation().isObserved()) {
            QUEUEING.compareAndSet(this, UNDECIDED, NEVER_QUEUED);
        }
    }

    @Override
    public String name() {
        return request.name();
    }

    @Override
    public String group() {
        return request.group();
    }

    @Override
    public LockRequest asked() {
        return request;
    }

    @Override
    public @Nullable AcquireSite site() {
        return site;
    }

    @Override
    public Holder holder() {
        return holder;
    }

    @Override
    public Duration elapsed() {
        return Duration.ofNanos(
                runtime.clock().nanos() - deadline + request.waitTime().toNanos());
    }

    @Override
    public boolean isQueued() {
        return queueing == QUEUED;
    }

    private void leave() {
        runtime.timers().cancel(this);
        WaiterQueue where = queue;
        if (where != null) {
            where.leave(this);
        }
    }

    @Override
    public @Nullable AcquireSubscription previous() {
        return previous;
    }

    @Override
    public void previous(@Nullable AcquireSubscription element) {
        previous = element;
    }

    @Override
    public @Nullable AcquireSubscription next() {
        return next;
    }

    @Override
    public void next(@Nullable AcquireSubscription element) {
        next = element;
    }

    @Override
    public boolean isLinked() {
        return linked;
    }

    @Override
    public void linked(boolean value) {
        linked = value;
    }
}
