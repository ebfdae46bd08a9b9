package io.reactivelock;

import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One subscription of an acquire. It owns the race between the backend's answer, the deadline and the cancel: whichever comes first
 * ends it, and what comes later is taken back. An attempt on its way is not cancelled with it but awaited, so that the compensation
 * cannot overtake it; only once its grant could not be valid any more is it given up, and compensated unseen. // A1, A3, A4, G2
 *
 * <p>Subclasses say what is sent, and what follows an answer that is no grant.
 */
abstract class Acquisition extends Timed implements Subscription {
    private enum State {
        NEW,
        TRYING,
        PARKED,
        ENDED
    }

    final LockEngine engine;
    final LockRequest request;
    final Holder holder;
    private final CoreSubscriber<? super Lease> actual;
    private final long deadline;

    /** Guarded by this. */
    private State state = State.NEW;

    /** Guarded by this. Outlives the end of this acquire by the time that an answer may take. */
    private @Nullable Attempt inFlight;

    /** Guarded by this. The backend has, or may have, something of ours: a place in the queue, a grant that nobody saw. */
    private boolean owed;

    /** Guarded by this. What the last attempt came to, where it was no grant: a failure, or how long the lock is held at most. */
    private @Nullable LockBackendException lastFailure;

    private @Nullable Duration heldFor;

    Acquisition(LockEngine engine, LockRequest request, CoreSubscriber<? super Lease> actual) {
        this.engine = engine;
        this.request = request;
        this.actual = actual;
        holder = engine.holders.next();
        deadline = engine.clock.nanos() + request.waitTime().toNanos();
    }

    final AcquireCommand command() {
        return new AcquireCommand(request.name(), holder, request.leaseTime(), request.tokenAbove(), 1);
    }

    /** What one attempt sends. */
    abstract Mono<AttemptResult> attempt();

    /** Whether an attempt that finds the lock held leaves an entry in the backend's queue. */
    abstract boolean queues();

    /** Someone else holds the lock: to end, or to park. */
    abstract void onBusy(Duration remaining);

    /** An attempt failed: to end, or to park. */
    abstract void onFailure(LockBackendException failure);

    /** It ended, in whatever way; nothing will be sent any more. */
    abstract void onEnd();

    @Override
    public final void request(long n) {
        if (Operators.validate(n)) {
            synchronized (this) {
                if (state != State.NEW) {
                    return;
                }
                state = State.PARKED;
            }
            resume();
        }
    }

    @Override
    public final void cancel() {
        end();
    }

    @Override
    final void onDispose() {
        fail(new LockClientDisposedException(request.name()));
    }

    @Override
    final void onClose() {
        onDispose();
    }

    /** Sends an attempt, if this is parked. */
    final boolean resume() {
        Attempt attempt = new Attempt(engine.clock.mark());
        synchronized (this) {
            if (state != State.PARKED) {
                return false;
            }
            state = State.TRYING;
            inFlight = attempt;
        }
        schedule(attempt.uselessFrom - deadline < 0 ? attempt.uselessFrom : deadline);
        if (engine.isDisposed()) {
            // nothing was sent, so there is no answer to await
            synchronized (this) {
                inFlight = null;
            }
            onDispose();
            return false;
        }
        // defer: what a backend throws at call time is one more failed attempt
        Mono.defer(this::attempt).subscribe(attempt);
        return true;
    }

    /** Waits for {@link #resume()}, which the timer calls after the delay. */
    final void park(long delayNanos) {
        synchronized (this) {
            if (state != State.TRYING) {
                return;
            }
            state = State.PARKED;
        }
        long due = engine.clock.nanos() + delayNanos;
        schedule(due - deadline < 0 ? due : deadline);
    }

    final void complete() {
        if (end()) {
            actual.onComplete();
        }
    }

    final void fail(LockException error) {
        if (end()) {
            actual.onError(error);
        }
    }

    @Override
    final void onDue(long now) {
        // what follows may reach user code, which must not run on the timer thread. // G6
        engine.signal(() -> due(now));
    }

    private void due(long now) {
        State current;
        Attempt attempt;
        synchronized (this) {
            current = state;
            attempt = inFlight;
        }
        if (current != State.ENDED && engine.isDisposed()) {
            onDispose();
        } else if (current != State.ENDED && now - deadline >= 0) {
            fail(attempt == null ? timedOut() : unanswered(request.waitTime()));
        } else if (attempt == null) {
            resume();
        } else if (now - attempt.uselessFrom >= 0) {
            attempt.dispose();
            failed(attempt, unanswered(request.leaseTime()));
        } else {
            schedule(attempt.uselessFrom);
        }
    }

    private synchronized LockException timedOut() {
        return lastFailure != null
                ? lastFailure
                : new LockTimeoutException(request.name(), request.waitTime(), heldFor);
    }

    private LockBackendException unanswered(Duration within) {
        return new LockBackendException(
                request.name(),
                LockBackendException.Kind.UNKNOWN,
                "no answer from the backend within " + Durations.text(within),
                null);
    }

    private void granted(Attempt attempt, AttemptResult.Granted grant) {
        if (attempt.isLate()) {
            // A5
            failed(
                    attempt,
                    new LockBackendException(
                            request.name(),
                            LockBackendException.Kind.UNKNOWN,
                            "the grant was read when it was no longer valid, and is given back",
                            null));
            return;
        }
        HeldLease lease = new HeldLease(engine, request, new FencingToken(grant.token(), holder), attempt.mark);
        if (settle(attempt, State.ENDED, true, null, null)) {
            engine.timers.cancel(this);
            onEnd();
            lease.start();
            actual.onNext(lease);
            actual.onComplete();
        }
    }

    private void busy(Attempt attempt, Duration remaining) {
        if (settle(attempt, State.TRYING, queues(), remaining, null)) {
            onBusy(remaining);
        }
    }

    private void failed(Attempt attempt, LockBackendException failure) {
        if (settle(attempt, State.TRYING, failure.isOutcomeUnknown(), null, failure)) {
            onFailure(failure);
        }
    }

    /**
     * The one place where an answer meets the end.
     *
     * @return whether the answer came first, so that this goes on; what came later is taken back here
     */
    private boolean settle(
            Attempt attempt,
            State next,
            boolean owing,
            @Nullable Duration remaining,
            @Nullable LockBackendException failure) {
        synchronized (this) {
            if (inFlight != attempt) {
                return false;
            }
            inFlight = null;
            owed |= owing;
            heldFor = remaining;
            lastFailure = failure;
            if (state != State.ENDED) {
                state = next;
                return true;
            }
        }
        engine.timers.cancel(this);
        compensateIfOwed();
        engine.pending.exit();
        return false;
    }

    /** The transition to the end: whoever wins it says how. */
    private boolean end() {
        Attempt orphan;
        synchronized (this) {
            if (state == State.ENDED) {
                return false;
            }
            state = State.ENDED;
            orphan = inFlight;
            if (orphan != null) {
                engine.pending.enter();
            }
        }
        if (orphan == null) {
            engine.timers.cancel(this);
            compensateIfOwed();
        } else {
            schedule(orphan.uselessFrom);
        }
        onEnd();
        return true;
    }

    private void compensateIfOwed() {
        synchronized (this) {
            if (!owed) {
                return;
            }
            owed = false;
        }
        engine.compensate(request, holder);
    }

    private void schedule(long due) {
        engine.timers.schedule(this, due);
        synchronized (this) {
            if (state != State.ENDED || inFlight != null) {
                return;
            }
        }
        // it ended between the change of its state and here
        engine.timers.cancel(this);
    }

    /** One attempt on its way. */
    private final class Attempt extends BaseSubscriber<AttemptResult> {
        final LeaseClock.Mark mark;
        final long uselessFrom;

        Attempt(LeaseClock.Mark mark) {
            this.mark = mark;
            uselessFrom = mark.nanos()
                    + request.leaseTime().minus(request.driftMargin()).toNanos();
        }

        boolean isLate() {
            return engine.clock.nanos() - uselessFrom >= 0
                    || engine.clock.suspendedSince(mark, request.driftMargin().toNanos());
        }

        @Override
        protected void hookOnNext(AttemptResult result) {
            if (result instanceof AttemptResult.Granted grant) {
                granted(this, grant);
            } else if (result instanceof AttemptResult.Busy busy) {
                busy(this, busy.remaining());
            } else if (result instanceof AttemptResult.Queued queued) {
                busy(this, queued.remaining());
            }
        }

        @Override
        protected void hookOnError(Throwable error) {
            failed(this, LockBackendException.of(request.name(), error));
        }

        @Override
        protected void hookOnComplete() {
            // after a value this attempt is settled, and this does nothing
            failed(
                    this,
                    new LockBackendException(
                            request.name(),
                            LockBackendException.Kind.UNKNOWN,
                            "the backend did not say what an attempt came to",
                            null));
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }
    }
}
