package io.reactivelock.internal;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.Scheduler;

/**
 * Threads that nobody but one client fills. A few of them take the tasks in order. Where they are kept by code that blocks, so that
 * nothing was taken for a moment, one more begins, and so on: a task waits for no other, but for that moment. Those that are idle end.
 * (G6)
 */
final class ElasticThreads implements Executor {
    private static final int USUAL = Math.max(2, Runtime.getRuntime().availableProcessors());
    private static final int MAX = 1_000;
    private static final long IDLE_SECONDS = 10;
    private static final long MOMENT_MILLIS = 10;

    private static final AtomicInteger THREADS = new AtomicInteger();

    private final Scheduler timer;
    private final AtomicBoolean watching = new AtomicBoolean();
    private final AtomicInteger taken = new AtomicInteger();
    private final ThreadPoolExecutor threads;

    /**
     * @param timer a thread on which no foreign code runs
     */
    ElasticThreads(Scheduler timer) {
        this.timer = timer;
        // a queue without a lock, for those who put a task in must not wait for each other
        threads = new ThreadPoolExecutor(
                USUAL, MAX, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedTransferQueue<>(), ElasticThreads::thread);
        threads.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "reactive-lock-signal-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(() -> {
            taken.incrementAndGet();
            task.run();
        });
        if (!threads.getQueue().isEmpty()) {
            watch();
        }
    }

    private void watch() {
        if (watching.compareAndSet(false, true)) {
            int before = taken.get();
            Runnable look = () -> look(before);
            if (ForeignCode.thrownBy(() -> timer.schedule(look, MOMENT_MILLIS, TimeUnit.MILLISECONDS)) != null) {
                watching.set(false); // the client is at its end, and so are these threads
            }
        }
    }

    private void look(int before) {
        watching.set(false);
        if (threads.getQueue().isEmpty()) {
            threads.setCorePoolSize(USUAL);
            return;
        }
        int size = Math.max(threads.getCorePoolSize(), threads.getPoolSize());
        if (taken.get() == before && size < MAX) {
            threads.setCorePoolSize(size + 1);
        }
        watch();
    }

    /** Takes no more; what is under way goes on. */
    void close() {
        threads.shutdown();
    }
}
