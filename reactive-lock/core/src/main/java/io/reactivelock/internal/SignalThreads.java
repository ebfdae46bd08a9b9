package io.reactivelock.internal;

import java.util.concurrent.Executor;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The threads on which user code is told of what happened, and on which the driver is called; the timer's thread does neither. (G6) */
final class SignalThreads {
    private static final Logger LOG = Loggers.getLogger(SignalThreads.class);

    private final Executor threads;

    SignalThreads(Executor threads) {
        this.threads = threads;
    }

    /** Runs what may call foreign code on a signal thread, and rather on the caller's thread than not at all. */
    void run(Runnable signal) {
        Runnable guarded = () -> ForeignCode.run("a signal", signal);
        Throwable refused = ForeignCode.thrownBy(() -> threads.execute(guarded));
        if (refused != null) {
            LOG.warn("The signal threads took no more work; a signal is delivered on the timer thread", refused);
            guarded.run();
        }
    }
}
