package io.reactivelock.testkit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The clock of the server with the locks: the true time, and what somebody has set it off by. Only read. */
final class SimulatedServerClock implements Scheduler {
    private final Scheduler truth;
    private long offsetNanos;

    SimulatedServerClock(Scheduler truth) {
        this.truth = truth;
    }

    void step(Duration step) {
        offsetNanos += step.toNanos();
    }

    @Override
    public long now(TimeUnit unit) {
        return unit.convert(truth.now(TimeUnit.NANOSECONDS) + offsetNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public Disposable schedule(Runnable task) {
        throw new UnsupportedOperationException("a clock");
    }

    @Override
    public Worker createWorker() {
        throw new UnsupportedOperationException("a clock");
    }
}
