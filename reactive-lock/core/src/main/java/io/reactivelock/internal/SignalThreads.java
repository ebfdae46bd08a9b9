package io.reactivelock.internal;

import java.util.concurrent.Executor;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The threads on which user code is told of what happened, and on which the driver is called; the timer's thread does neither. (G6) */
final class SignalThreads {
    private static final Logger LOG = Loggers.getLogger(SignalThreads.class);

    private final Executor threads;
    private final RepeatedWarning full;

    SignalThreads(Executor threads, LeaseClock clock) {
        this.threads = threads;
        full = new RepeatedWarning(
                LOG, "The signal threads took no more work; a signal is delivered on the timer thread", clock::nanos);
    }

    /** Runs what may call foreign code on a signal thread, and rather on the caller's thread than not at all. */
    void run(Runnable signal) {
        Runnable guarded = () -> ForeignCode.run("a signal", signal);
        Throwable refused = ForeignCode.thrownBy(() -> threads.execute(guarded));
        if (refused != null) {
            full.tell(refused);
            guarded.run();
        }
    }
}
