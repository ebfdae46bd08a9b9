package io.reactivelock.internal;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** Virtual time whose clocks can run ahead of its timers, and apart from each other. */
final class PausableTime implements Scheduler {
    private final Scheduler timers;
    private Duration ahead = Duration.ZERO;
    private Duration wallStep = Duration.ZERO;

    PausableTime(Scheduler timers) {
        this.timers = timers;
    }

    /** Both clocks go on, and no timer runs: a process that stood still. */
    void ahead(Duration by) {
        ahead = ahead.plus(by);
    }

    /** Only the wall clock moves. */
    void stepWall(Duration by) {
        wallStep = wallStep.plus(by);
    }

    @Override
    public long now(TimeUnit unit) {
        boolean wall = unit.compareTo(TimeUnit.MILLISECONDS) >= 0;
        return timers.now(unit) + unit.convert(wall ? ahead.plus(wallStep) : ahead);
    }

    @Override
    public Disposable schedule(Runnable task) {
        return timers.schedule(task);
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        return timers.schedule(task, delay, unit);
    }

    @Override
    public Worker createWorker() {
        return timers.createWorker();
    }
}
