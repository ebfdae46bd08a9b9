package io.reactivelock.internal;

import java.util.concurrent.RejectedExecutionException;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The threads on which user code is told of what happened; the timer's thread runs none. (G6) */
final class SignalThreads {
    private static final Logger LOG = Loggers.getLogger(SignalThreads.class);

    private final Scheduler scheduler;

    SignalThreads(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** Runs what may call user code on a signal thread, and rather on the caller's thread than not at all. */
    void run(Runnable signal) {
        try {
            scheduler.schedule(signal);
        } catch (RejectedExecutionException e) {
            LOG.warn("The signal threads took no more work; a signal is delivered on the timer thread", e);
            signal.run();
        }
    }
}
