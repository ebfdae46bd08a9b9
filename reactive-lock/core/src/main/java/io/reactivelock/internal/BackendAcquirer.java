package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockException;
import io.reactivelock.LockObserver.GrantPath;
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
 * Takes one lock from the backend, under one holder: sends attempts until one is granted, on the terms of whoever is first in its
 * queue.
 *
 * <p>States and transitions, each under the monitor; what follows from one is done outside of it:
 *
 * <pre>
 * PARKED --resume-->  TRYING    an attempt is on its way; start, a signal or the timer sends it
 * TRYING --park--->   PARKED    the answer was "held by someone else" or a failure; at once TRYING again if a signal came meanwhile
 * TRYING --granted->  ENDED     the answer was a grant that is still valid
 * PARKED --handedOff> ENDED     the queue's signal was a grant that can be dated; any other is confirmed by an attempt (F9)
 * either --end---->   ENDED     nobody wants the lock any more
 * </pre>
 *
 * <p>An attempt on its way at the end is not cancelled but awaited, so that the compensation cannot overtake it. Only once its grant
 * could not be valid any more is it given up, and compensated unseen. So {@code inFlight} outlives ENDED, and {@link #settle} is the
 * one place where an answer meets the end. (A1, A3, A4)
 */
final class BackendAcquirer extends TimerEntry implements WaitSignalDispatcher.Waiter {
    private enum State {
        TRYING,
        PARKED,
        ENDED
    }

    /** For whom this acquires, and what becomes of the answers. Called without a monitor being held. */
    interface Listener {
        /** What to ask for; null when nobody wants the lock any more. */
        @Nullable
        AttemptTerms terms();

        /** Sends one attempt. */
        Mono<AttemptResult> attempt(AcquireCommand command);

        /** Whether an attempt that finds the lock held leaves an entry in the backend's queue. */
        boolean queues();

        /** This has ended in a grant. */
        void granted(BackendAcquirer acquirer, ReceivedGrant grant);

        /** Someone else holds the lock. */
        void busy(BackendAcquirer acquirer, AttemptResult result);

        /** An attempt failed. */
        void failed(BackendAcquirer acquirer, LockBackendException failure);
    }

    /**
     * @param request the request of the first in the queue
     * @param context the context of its subscriber
     * @param tokens for how many tokens there is use
     */
    record AttemptTerms(LockRequest request, Context context, int tokens) {}

    /** What the last answer was. */
    private sealed interface LastAnswer {}

    private record NoAnswer() implements LastAnswer {}

    /**
     * Someone else has the lock.
     *
     * @param heldFor for how long at most; null where the backend does not know
     * @param serverTime sampled as this was queued, so that a hand-off can be dated
     */
    private record Held(
            @Nullable Duration heldFor, @Nullable ServerTimeSample serverTime) implements LastAnswer {}

    private record Failed(LockBackendException failure) implements LastAnswer {}

    private static final LastAnswer NO_ANSWER = new NoAnswer();

    private final EngineRuntime runtime;
    private final BackendGateway gateway;
    private final Listener listener;
    private final String name;
    private final Duration leaseTime;
    private final Holder holder;

    /** Guarded by this. */
    private State state = State.PARKED;

    /** Guarded by this. Outlives the end by the time that an answer may take. */
    private @Nullable Attempt inFlight;

    /** Guarded by this. The backend has, or may have, something of ours: a place in the queue, a grant that nobody saw. */
    private boolean needsCompensation;

    /** Guarded by this. A signal came that no attempt has answered yet. */
    private boolean woken;

    /** Guarded by this. */
    private LastAnswer lastAnswer = NO_ANSWER;

    /** Guarded by this. */
    private int retries;

    BackendAcquirer(
            EngineRuntime runtime,
            BackendGateway gateway,
            Listener listener,
            String name,
            Duration leaseTime,
            Holder holder) {
        this.runtime = runtime;
        this.gateway = gateway;
        this.listener = listener;
        this.name = name;
        this.leaseTime = leaseTime;
        this.holder = holder;
    }

    /** Sends the first attempt. To be called once. */
    void start() {
        if (listener.queues()) {
            gateway.addWaiter(holder, this);
            if (hasEnded()) {
                // before it started: whoever wanted the lock has cancelled (F5)
                gateway.removeWaiter(holder);
            }
        }
        resume();
    }

    private synchronized boolean hasEnded() {
        return state == State.ENDED;
    }

    /** Sends the next attempt, if this is parked. */
    private void resume() {
        AttemptTerms terms = listener.terms();
        if (terms == null) {
            return; // whoever left the queue last ends this
        }
        Attempt attempt = new Attempt(terms, runtime.clock().timestamp());
        synchronized (this) {
            if (state != State.PARKED) {
                return;
            }
            state = State.TRYING;
            inFlight = attempt;
            woken = false;
        }
        schedule(attempt.validUntil);
        AcquireCommand command =
                new AcquireCommand(name, holder, leaseTime, terms.request().tokenAbove(), terms.tokens());
        // what a backend throws is one more failed attempt
        ForeignCode.mono(() -> listener.attempt(command)).subscribe(attempt);
    }

    /** Waits for a signal, and at most for the delay; not at all if a signal came meanwhile. */
    private void park(long delayNanos) {
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
            schedule(runtime.clock().nanos() + delayNanos);
        }
    }

    void parkForRetry() {
        park(runtime.backOff().polling(nextRetry()));
    }

    /** Waits as somebody else has the lock: for a signal where there is one, and not for ever. (F1, F2) */
    void park(AttemptResult held) {
        gateway.listen();
        if (held instanceof AttemptResult.Queued queued) {
            park(runtime.backOff().queued(queued.checkAfter(), queued.remaining()));
        } else if (held instanceof AttemptResult.Busy busy && gateway.queues()) {
            park(runtime.backOff().queued(runtime.options().maxBackOff(), busy.remaining()));
        } else if (held instanceof AttemptResult.Busy busy) {
            park(runtime.backOff().polling(nextRetry(), busy.remaining()));
        }
    }

    private synchronized int nextRetry() {
        return retries++;
    }

    /** A signal says that an attempt may succeed now. One that comes while an attempt is on its way causes one more. */
    @Override
    public void wake() {
        synchronized (this) {
            woken = true;
            if (state != State.PARKED) {
                return;
            }
        }
        resume();
    }

    /** The backend says that it has granted the lock to this. Where that cannot be dated, an attempt confirms it. (F9) */
    @Override
    public void handedOff(WaitSignal.HandOff handOff) {
        ReceivedGrant grant;
        synchronized (this) {
            ServerTimeSample sample = lastAnswer instanceof Held held ? held.serverTime : null;
            grant = state == State.PARKED && sample != null ? sample.date(handOff) : null;
            if (grant != null) {
                state = State.ENDED;
                needsCompensation = false;
            }
        }
        if (grant == null) {
            wake();
        } else {
            ended();
            listener.granted(this, grant);
        }
    }

    /** Why nothing was granted so far, for a request whose time is over. */
    synchronized LockException outcome(LockRequest request) {
        if (lastAnswer instanceof Failed failed) {
            return failed.failure;
        }
        return lastAnswer instanceof Held held
                ? new LockTimeoutException(name, request.waitTime(), held.heldFor)
                : unanswered(request.waitTime());
    }

    /** Nobody wants the lock any more. Idempotent. */
    void end() {
        Attempt orphan;
        synchronized (this) {
            if (state == State.ENDED) {
                return;
            }
            state = State.ENDED;
            orphan = inFlight;
            if (orphan != null) {
                runtime.pending().enter();
            }
        }
        ended();
        if (orphan == null) {
            compensateIfNeeded();
        } else {
            schedule(orphan.validUntil);
        }
    }

    private void ended() {
        runtime.timers().cancel(this);
        gateway.removeWaiter(holder);
    }

    @Override
    void onDue(long now) {
        Attempt attempt;
        synchronized (this) {
            attempt = inFlight;
        }
        // what follows may reach user code, which must not run on the timer thread (G6)
        if (attempt == null) {
            runtime.signals().run(this::resume);
        } else if (now - attempt.validUntil >= 0) { // else a signal sent it as the time to park was over
            runtime.signals().run(() -> {
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
        String unconnected = gateway.hasAnswered()
                ? ""
                : "; it has not answered yet: the connection may still be being made, see LockClient.connect";
        return new LockBackendException(
                name,
                LockBackendException.Kind.UNKNOWN,
                "no answer from the backend within " + Durations.text(within) + unconnected,
                null);
    }

    private void granted(Attempt attempt, AttemptResult.Granted granted) {
        long validUntil = attempt.validUntil(granted);
        if (attempt.isLate(validUntil)) {
            // what was read too late is not held, whatever the backend granted (A5)
            failed(
                    attempt,
                    new LockBackendException(
                            name,
                            LockBackendException.Kind.UNKNOWN,
                            "the grant arrived when it was no longer valid, and is released",
                            null));
        } else if (settle(attempt, State.ENDED, true, NO_ANSWER)) {
            ended();
            listener.granted(
                    this,
                    new ReceivedGrant(
                            granted,
                            holder,
                            attempt.sent,
                            validUntil,
                            GrantPath.ATTEMPT,
                            attempt.terms.request.tokenAbove()));
        }
    }

    private void busy(Attempt attempt, AttemptResult result, LastAnswer seen) {
        if (settle(attempt, State.TRYING, listener.queues(), seen)) {
            listener.busy(this, result);
        }
    }

    private void failed(Attempt attempt, LockBackendException failure) {
        if (settle(attempt, State.TRYING, failure.isOutcomeUnknown(), new Failed(failure))) {
            listener.failed(this, failure);
        }
    }

    /**
     * The one place where an answer meets the end.
     *
     * @return whether the answer came first, so that this goes on; what came later is taken back here
     */
    private boolean settle(Attempt attempt, State next, boolean compensate, LastAnswer seen) {
        synchronized (this) {
            if (inFlight != attempt) {
                return false;
            }
            inFlight = null;
            needsCompensation |= compensate;
            lastAnswer = seen;
            if (state != State.ENDED) {
                state = next;
                return true;
            }
        }
        runtime.timers().cancel(this);
        compensateIfNeeded();
        runtime.pending().exit();
        return false;
    }

    private void compensateIfNeeded() {
        synchronized (this) {
            if (!needsCompensation) {
                return;
            }
            needsCompensation = false;
        }
        gateway.compensate(name, holder, leaseTime);
    }

    private void schedule(long due) {
        runtime.timers().schedule(this, due);
        synchronized (this) {
            if (state != State.ENDED || inFlight != null) {
                return;
            }
        }
        // it ended between the change of its state and here
        runtime.timers().cancel(this);
    }

    /** One attempt on its way. */
    private final class Attempt extends BaseSubscriber<AttemptResult> {
        final LeaseClock.Timestamp sent;
        final long validUntil;
        private final AttemptTerms terms;
        private boolean answered;

        Attempt(AttemptTerms terms, LeaseClock.Timestamp sent) {
            this.terms = terms;
            this.sent = sent;
            validUntil = sent.nanos() + LeaseTerms.validityNanos(terms.request);
        }

        /** Counted from before the request was sent, and no longer than the backend keeps the lock. (A5) */
        long validUntil(AttemptResult.Granted granted) {
            return sent.nanos() + LeaseTerms.validityNanos(terms.request, granted.leaseTime());
        }

        boolean isLate(long until) {
            return runtime.clock().nanos() - until >= 0
                    || runtime.clock()
                            .suspendedSince(sent, terms.request.driftMargin().toNanos());
        }

        private @Nullable ServerTimeSample sample(@Nullable Duration serverTime) {
            return serverTime == null ? null : new ServerTimeSample(runtime.clock(), terms.request, sent, serverTime);
        }

        @Override
        protected void hookOnNext(AttemptResult result) {
            answered = true;
            gateway.answered();
            if (result instanceof AttemptResult.Granted granted) {
                granted(this, granted);
            } else if (result instanceof AttemptResult.Busy busy) {
                busy(this, busy, new Held(busy.remaining(), null));
            } else if (result instanceof AttemptResult.Queued queued) {
                busy(this, queued, new Held(queued.remaining(), sample(queued.serverTime())));
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
            return terms.context;
        }
    }
}
