package io.reactivelock.internal;

import io.reactivelock.LockBackendException;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One release on its way: repeated after a transient failure until it is answered or its time is over, and never cancelled. It can be
 * repeated, for it frees nothing but its own holder's lock. (C1, C3)
 */
final class ReleaseTask extends TimerEntry {
    private final EngineRuntime runtime;
    private final ReleaseGate gate;
    private final String name;
    private final Mono<Boolean> call;
    private final Duration bound;
    private final long deadline;
    /** Unsafe, as each of its signals follows a transition that only one can win. */
    private final Sinks.One<Boolean> result = Sinks.unsafe().one();

    /** Guarded by this. */
    private int failures;

    /** Guarded by this. */
    private boolean done;

    ReleaseTask(EngineRuntime runtime, ReleaseGate gate, String name, Mono<Boolean> call, Duration bound) {
        this.runtime = runtime;
        this.gate = gate;
        this.name = name;
        this.call = call;
        this.bound = bound;
        this.deadline = runtime.clock().nanos() + bound.toNanos();
    }

    /** Sends the release; the result comes to whoever subscribes, whenever. To be called once. */
    Mono<Boolean> start() {
        runtime.pending().enter();
        gate.release(this::send);
        return result.asMono();
    }

    private void send() {
        runtime.timers().schedule(this, deadline);
        call.subscribe(this::answered, this::failed, this::completed);
    }

    private void answered(Boolean freed) {
        if (finish()) {
            result.tryEmitValue(freed);
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
                long retry = now + runtime.backOff().polling(failures++);
                runtime.timers().schedule(this, retry - deadline < 0 ? retry : deadline);
                return;
            }
        }
        fail(failure);
    }

    @Override
    void onDue(long now) {
        if (now - deadline < 0) {
            runtime.signals().run(this::send);
        } else {
            runtime.signals().run(this::giveUp);
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
        fail(new LockBackendException(
                name,
                LockBackendException.Kind.UNKNOWN,
                "release not confirmed within " + Durations.text(bound)
                        + "; the lock is free at the latest when its lease time is over",
                null));
    }

    private void fail(LockBackendException failure) {
        if (finish()) {
            result.tryEmitError(failure);
        }
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
