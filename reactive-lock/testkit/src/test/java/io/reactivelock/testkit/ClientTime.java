package io.reactivelock.testkit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * The time of one process, apart from the server's, which is the true one: its clocks run at a rate of their own, and the process can
 * be paused, or its machine suspended.
 */
final class ClientTime implements Scheduler {
    private static final long NOT_SUSPENDED = Long.MIN_VALUE;

    private final VirtualTimeScheduler truth;
    private final double rate;
    private final Queue<Runnable> backlog = new ArrayDeque<>();
    private boolean stopped;
    private long suspendedAt = NOT_SUSPENDED;
    private long suspendedNanos;
    private long wallStepNanos;

    ClientTime(VirtualTimeScheduler truth) {
        this(truth, 1);
    }

    ClientTime(VirtualTimeScheduler truth, double rate) {
        this.truth = truth;
        this.rate = rate;
    }

    /** The process stands still for as long as the truth goes on, and so do its timers and all that it would read. */
    void pause(Duration duration) {
        stop();
        truth.advanceTimeBy(duration);
        resume();
    }

    /** As a pause, but the monotonic clock stands still as well. */
    void suspend(Duration duration) {
        suspend();
        truth.advanceTimeBy(duration);
        resume();
    }

    void stop() {
        stopped = true;
    }

    /** As a stop, but the monotonic clock stands still as well. */
    void suspend() {
        stop();
        if (suspendedAt == NOT_SUSPENDED) {
            suspendedAt = trueNanos();
        }
    }

    boolean isStopped() {
        return stopped;
    }

    /** Somebody sets the wall clock. */
    void stepWall(Duration step) {
        wallStepNanos += step.toNanos();
    }

    void resume() {
        stopped = false;
        if (suspendedAt != NOT_SUSPENDED) {
            suspendedNanos += trueNanos() - suspendedAt;
            suspendedAt = NOT_SUSPENDED;
        }
        for (Runnable task = backlog.poll(); task != null; task = backlog.poll()) {
            task.run();
        }
    }

    @Override
    public long now(TimeUnit unit) {
        boolean wall = unit.compareTo(TimeUnit.MILLISECONDS) >= 0;
        long own = (long) ((trueNanos() - (wall ? 0 : suspendedNanos)) * rate) + (wall ? wallStepNanos : 0);
        return unit.convert(own, TimeUnit.NANOSECONDS);
    }

    private long trueNanos() {
        return truth.now(TimeUnit.NANOSECONDS);
    }

    private Runnable inThisProcess(Runnable task) {
        return () -> {
            if (stopped) {
                backlog.add(task);
            } else {
                task.run();
            }
        };
    }

    private long trueDelay(long delay, TimeUnit unit) {
        return (long) Math.ceil(unit.toNanos(delay) / rate);
    }

    @Override
    public Disposable schedule(Runnable task) {
        return truth.schedule(inThisProcess(task));
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        return truth.schedule(inThisProcess(task), trueDelay(delay, unit), TimeUnit.NANOSECONDS);
    }

    @Override
    public Worker createWorker() {
        Worker worker = truth.createWorker();
        return new Worker() {
            @Override
            public Disposable schedule(Runnable task) {
                return worker.schedule(inThisProcess(task));
            }

            @Override
            public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
                return worker.schedule(inThisProcess(task), trueDelay(delay, unit), TimeUnit.NANOSECONDS);
            }

            @Override
            public void dispose() {
                worker.dispose();
            }
        };
    }
}
