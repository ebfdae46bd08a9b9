package io.reactivelock.internal;

import io.reactivelock.LockBackendException;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One release on its way: repeated after a transient failure until it is answered or the lease time is over, and never cancelled. Who
 * asked for it waits for the wait time at most. It can be repeated, for it frees nothing but its own holder's lock. (C1, C3, C8)
 */
final class ReleaseTask extends TimerEntry {
    private final EngineRuntime runtime;
    private final ReleaseGate gate;
    private final String name;
    private final Mono<Boolean> call;
    private final Duration waitTime;
    /** When the caller has waited for long enough. */
    private final long answerBy;

    /** When there is nothing left to release. */
    private final long deadline;

    /** Unsafe, as each of its signals follows a transition that only one can win. */
    private final Sinks.One<Boolean> result = Sinks.unsafe().one();

    /** Guarded by this. */
    private int failures;

    /** Guarded by this. When to send it again; the deadline while an answer is awaited. */
    private long sendAt;

    /** Guarded by this. The result is out, be it that there was none in time. */
    private boolean told;

    /** Guarded by this. */
    private boolean done;

    ReleaseTask(
            EngineRuntime runtime,
            ReleaseGate gate,
            String name,
            Mono<Boolean> call,
            Duration waitTime,
            Duration leaseTime) {
        this.runtime = runtime;
        this.gate = gate;
        this.name = name;
        this.call = call;
        this.waitTime = waitTime;
        long now = runtime.clock().nanos();
        answerBy = now + waitTime.toNanos();
        deadline = now + Math.max(waitTime.toNanos(), leaseTime.toNanos());
        sendAt = deadline;
    }

    /** Sends the release; the result comes to whoever subscribes, whenever. To be called once. */
    Mono<Boolean> start() {
        runtime.pending().enter();
        gate.release(this::send);
        return result.asMono();
    }

    private void send() {
        schedule();
        call.subscribe(this::answered, this::failed, this::completed);
    }

    private synchronized void schedule() {
        if (!done) {
            long next = sendAt - deadline < 0 ? sendAt : deadline;
            runtime.timers().schedule(this, told || next - answerBy < 0 ? next : answerBy);
        }
    }

    private void answered(Boolean freed) {
        if (finish()) {
            tell(() -> result.tryEmitValue(freed));
        }
    }

    private void completed() {
        if (!isDone()) {
            fail(BackendErrors.silent(name, "a release"));
        }
    }

    private synchronized boolean isDone() {
        return done;
    }

    private void failed(Throwable e) {
        LockBackendException failure = BackendErrors.of(name, e);
        long now = runtime.clock().nanos();
        synchronized (this) {
            if (done) {
                return;
            }
            if (failure.isTransient()) {
                sendAt = now + runtime.backOff().polling(failures++);
                schedule();
                return;
            }
        }
        fail(failure);
    }

    @Override
    void onDue(long now) {
        boolean over = now - deadline >= 0;
        boolean again;
        synchronized (this) {
            if (done) {
                return;
            }
            again = !over && now - sendAt >= 0;
            if (again) {
                sendAt = deadline;
            }
        }
        // what follows may reach foreign code, which must not run on the timer thread (G6)
        if (over) {
            runtime.signals().run(this::giveUp);
            return;
        }
        if (now - answerBy >= 0) {
            runtime.signals().run(() -> tell(() -> result.tryEmitError(unconfirmed())));
        }
        if (again) {
            runtime.signals().run(this::send);
        }
    }

    @Override
    void onDispose() {
        // the close of the client waits for it
    }

    @Override
    void onClose() {
        giveUp();
    }

    private void giveUp() {
        fail(unconfirmed());
    }

    private LockBackendException unconfirmed() {
        return new LockBackendException(
                name,
                LockBackendException.Kind.UNKNOWN,
                "release not confirmed within " + Durations.text(waitTime)
                        + "; the lock is free at the latest when its lease time is over",
                null);
    }

    private void fail(LockBackendException failure) {
        if (finish()) {
            tell(() -> result.tryEmitError(failure));
        }
    }

    /** Once. Afterwards the timer waits for the rest. */
    private void tell(Runnable outcome) {
        synchronized (this) {
            if (told) {
                return;
            }
            told = true;
        }
        ForeignCode.run("a subscriber, as its release ended", outcome);
        schedule();
    }

    private boolean finish() {
        synchronized (this) {
            if (done) {
                return false;
            }
            done = true;
        }
        runtime.timers().cancel(this);
        runtime.pending().exit();
        return true;
    }
}
