package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockException;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * This client's contention for one lock at the backend, under one holder: attempts until one is granted, in the name of whoever is
 * first in its line. It ends with a grant, or when nobody is left in the line. An attempt on its way is not cancelled then but
 * awaited, so that the compensation cannot overtake it; only once its grant could not be valid any more is it given up, and
 * compensated unseen. // A1, A3, A4
 */
final class BackendAcquirer extends TimerEntry {
    private enum State {
        TRYING,
        PARKED,
        ENDED
    }

    /** For whom this contends, and what becomes of the answers. Called without a lock being held. */
    interface Listener {
        /** What to ask for; null when nobody wants the lock any more. */
        @Nullable
        AttemptTerms bid();

        /** Sends one attempt. */
        Mono<AttemptResult> attempt(AcquireCommand command);

        /** Whether an attempt that finds the lock held leaves an entry in the backend's queue. */
        boolean queues();

        /** This has ended in a grant. */
        void granted(BackendAcquirer contender, Grant grant);

        /** Someone else holds the lock. */
        void busy(BackendAcquirer contender, AttemptResult result);

        /** An attempt failed. */
        void failed(BackendAcquirer contender, LockBackendException failure);
    }

    /**
     * @param request the request of the first in the line
     * @param context the context of its subscriber
     * @param tokens for how many tokens there is use
     */
    record AttemptTerms(LockRequest request, Context context, int tokens) {}

    /**
     * @param granted what the backend granted
     * @param holder to whom
     * @param mark the moment from which validity counts
     * @param validUntil when it ends, unless it is renewed
     * @param tokenAbove the number that its token was to exceed
     */
    record Grant(
            AttemptResult.Granted granted,
            Holder holder,
            LeaseClock.Timestamp mark,
            long validUntil,
            long tokenAbove) {}

    /**
     * What the last answer was.
     *
     * @param heldFor for how long the lock is held at most
     * @param failure why there is no such answer
     * @param sighting of a place in the queue, from which a hand-off can be dated
     */
    private record LastAnswer(
            @Nullable Duration heldFor,
            @Nullable LockBackendException failure,
            @Nullable ServerTimeSample sighting) {
        static final LastAnswer NONE = new LastAnswer(null, null, null);
    }

    private final LockEngine engine;
    private final Listener side;
    private final String name;
    private final Duration leaseTime;
    private final Holder holder;

    /** Guarded by this. */
    private State state = State.PARKED;

    /** Guarded by this. Outlives the end by the time that an answer may take. */
    private @Nullable Attempt inFlight;

    /** Guarded by this. The backend has, or may have, something of ours: a place in the queue, a grant that nobody saw. */
    private boolean owed;

    /** Guarded by this. A signal came that no attempt has answered yet. */
    private boolean woken;

    /** Guarded by this. */
    private LastAnswer outlook = LastAnswer.NONE;

    /** Guarded by this. */
    private int retries;

    BackendAcquirer(LockEngine engine, Listener side, String name, Duration leaseTime, Holder holder) {
        this.engine = engine;
        this.side = side;
        this.name = name;
        this.leaseTime = leaseTime;
        this.holder = holder;
    }

    /** Sends the first attempt. To be called once. */
    void start() {
        if (side.queues()) {
            engine.addContender(holder, this);
            if (hasEnded()) {
                // before it started: whoever wanted the lock has cancelled. // F5
                engine.removeContender(holder);
            }
        }
        resume();
    }

    private synchronized boolean hasEnded() {
        return state == State.ENDED;
    }

    /** Sends the next attempt, if this is parked. */
    private void resume() {
        AttemptTerms bid = side.bid();
        if (bid == null) {
            return; // whoever left the line last ends this
        }
        Attempt attempt = new Attempt(bid, engine.clock.mark());
        synchronized (this) {
            if (state != State.PARKED) {
                return;
            }
            state = State.TRYING;
            inFlight = attempt;
            woken = false;
        }
        schedule(attempt.uselessFrom);
        AcquireCommand command =
                new AcquireCommand(name, holder, leaseTime, bid.request().tokenAbove(), bid.tokens());
        // defer: what a backend throws at call time is one more failed attempt
        Mono.defer(() -> side.attempt(command)).subscribe(attempt);
    }

    /** Waits for a signal, and at most for the delay; not at all if a signal came meanwhile. */
    void park(long delayNanos) {
        boolean again;
        synchronized (this) {
            if (state != State.TRYING) {
                return;
            }
            state = State.PARKED;
            again = woken;
        }
        if (again) {
            resume();
        } else {
            schedule(engine.clock.nanos() + delayNanos);
        }
    }

    void parkForRetry() {
        park(engine.backOff.polling(nextRetry()));
    }

    void parkForPoll(Duration remaining) {
        park(engine.backOff.polling(nextRetry(), remaining));
    }

    private synchronized int nextRetry() {
        return retries++;
    }

    /** A signal says that an attempt may succeed now. One that comes while an attempt is on its way causes one more. */
    void wake() {
        synchronized (this) {
            woken = true;
            if (state != State.PARKED) {
                return;
            }
        }
        resume();
    }

    /** The backend says that it has granted the lock to this. Where that cannot be dated, an attempt confirms it. // F9 */
    void handedOff(WaitSignal.HandOff handOff) {
        Grant grant;
        synchronized (this) {
            ServerTimeSample sighting = outlook.sighting;
            grant = state == State.PARKED && sighting != null ? sighting.date(handOff) : null;
            if (grant != null) {
                state = State.ENDED;
                owed = false;
            }
        }
        if (grant == null) {
            wake();
        } else {
            ended();
            side.granted(this, grant);
        }
    }

    /** Why nothing was granted so far, for a request whose time is over. */
    synchronized LockException outcome(LockRequest request) {
        if (outlook.failure != null) {
            return outlook.failure;
        }
        return outlook.heldFor == null
                ? unanswered(request.waitTime())
                : new LockTimeoutException(name, request.waitTime(), outlook.heldFor);
    }

    /** Nobody wants the lock any more. Repeatable. */
    void end() {
        Attempt orphan;
        synchronized (this) {
            if (state == State.ENDED) {
                return;
            }
            state = State.ENDED;
            orphan = inFlight;
            if (orphan != null) {
                engine.pending.enter();
            }
        }
        ended();
        if (orphan == null) {
            compensateIfOwed();
        } else {
            schedule(orphan.uselessFrom);
        }
    }

    private void ended() {
        engine.timers.cancel(this);
        engine.removeContender(holder);
    }

    @Override
    void onDue(long now) {
        Attempt attempt;
        synchronized (this) {
            attempt = inFlight;
        }
        // what follows may reach user code, which must not run on the timer thread. // G6
        if (attempt == null) {
            engine.signal(this::resume);
        } else if (now - attempt.uselessFrom >= 0) { // else a signal sent it as the time to park was over
            engine.signal(() -> {
                attempt.dispose();
                failed(attempt, unanswered(leaseTime));
            });
        }
    }

    @Override
    void onDispose() {
        // those who wait end this
    }

    @Override
    void onClose() {
        // nothing more can be sent
    }

    private LockBackendException unanswered(Duration within) {
        return new LockBackendException(
                name,
                LockBackendException.Kind.UNKNOWN,
                "no answer from the backend within " + Durations.text(within),
                null);
    }

    private void granted(Attempt attempt, AttemptResult.Granted granted) {
        if (attempt.isLate()) {
            // A5
            failed(
                    attempt,
                    new LockBackendException(
                            name,
                            LockBackendException.Kind.UNKNOWN,
                            "the grant was read when it was no longer valid, and is given back",
                            null));
        } else if (settle(attempt, State.ENDED, true, LastAnswer.NONE)) {
            ended();
            side.granted(
                    this,
                    new Grant(granted, holder, attempt.mark, attempt.uselessFrom, attempt.bid.request.tokenAbove()));
        }
    }

    private void busy(Attempt attempt, AttemptResult result, LastAnswer seen) {
        if (settle(attempt, State.TRYING, side.queues(), seen)) {
            side.busy(this, result);
        }
    }

    private void failed(Attempt attempt, LockBackendException failure) {
        if (settle(attempt, State.TRYING, failure.isOutcomeUnknown(), new LastAnswer(null, failure, null))) {
            side.failed(this, failure);
        }
    }

    /**
     * The one place where an answer meets the end.
     *
     * @return whether the answer came first, so that this goes on; what came later is taken back here
     */
    private boolean settle(Attempt attempt, State next, boolean owing, LastAnswer seen) {
        synchronized (this) {
            if (inFlight != attempt) {
                return false;
            }
            inFlight = null;
            owed |= owing;
            outlook = seen;
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

    private void compensateIfOwed() {
        synchronized (this) {
            if (!owed) {
                return;
            }
            owed = false;
        }
        engine.compensate(name, leaseTime, holder);
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
        final LeaseClock.Timestamp mark;
        final long uselessFrom;
        private final AttemptTerms bid;
        private boolean answered;

        Attempt(AttemptTerms bid, LeaseClock.Timestamp mark) {
            this.bid = bid;
            this.mark = mark;
            uselessFrom = mark.nanos() + LeaseTerms.validityNanos(bid.request);
        }

        boolean isLate() {
            return engine.clock.nanos() - uselessFrom >= 0
                    || engine.clock.suspendedSince(
                            mark, bid.request.driftMargin().toNanos());
        }

        @Override
        protected void hookOnNext(AttemptResult result) {
            answered = true;
            if (result instanceof AttemptResult.Granted granted) {
                granted(this, granted);
            } else if (result instanceof AttemptResult.Busy busy) {
                busy(this, busy, new LastAnswer(busy.remaining(), null, null));
            } else if (result instanceof AttemptResult.Queued queued) {
                ServerTimeSample sighting = new ServerTimeSample(engine.clock, bid.request, mark, queued.serverTime());
                busy(this, queued, new LastAnswer(queued.remaining(), null, sighting));
            }
        }

        @Override
        protected void hookOnError(Throwable error) {
            failed(this, BackendErrors.of(name, error));
        }

        @Override
        protected void hookOnComplete() {
            if (!answered) {
                failed(this, BackendErrors.silent(name, "an attempt"));
            }
        }

        @Override
        public Context currentContext() {
            return bid.context;
        }
    }
}
