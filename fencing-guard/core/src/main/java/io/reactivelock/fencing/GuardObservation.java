package io.reactivelock.fencing;

import io.reactivelock.FencingToken;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Tells a {@link FencingGuardObserver}, whatever it throws. For authors of a guard. Safe for use by several threads. */
public final class GuardObservation {
    private static final Logger LOG = Loggers.getLogger(FencingGuardObserver.class);

    private final @Nullable FencingGuardObserver observer;

    private GuardObservation(FencingGuardObserver observer) {
        this.observer = observer == FencingGuardObserver.NONE ? null : observer;
    }

    /**
     * What tells the observer of the options.
     *
     * @param options of the guard
     * @return the observation
     */
    public static GuardObservation of(FencingGuardOptions options) {
        return new GuardObservation(options.observer());
    }

    /** {@return whether anybody hears} */
    public boolean isObserved() {
        return observer != null;
    }

    /** {@return now, in nanoseconds, on a clock of which only differences mean anything} */
    public long moment() {
        return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
    }

    /**
     * An advance is committed.
     *
     * @param resource what will be written
     * @param token the token
     * @param since the {@link #moment} of the call
     */
    public void advanced(String resource, FencingToken token, long since) {
        if (observer != null) {
            tell(() -> observer.advanced(resource, token, Duration.ofNanos(moment() - since)));
        }
    }

    /**
     * A call of the guard ends with an error. One that is not the guard's own, or that was told before, is left out: the work of a
     * write may end with the error of another call.
     *
     * @param error what the call ends with
     */
    public void ended(Throwable error) {
        if (observer == null || !(error instanceof FencingException own) || !own.isNew()) {
            return;
        }
        tell(() -> {
            if (own instanceof StaleTokenException refusal) {
                observer.refused(refusal);
            } else if (own instanceof FencingGuardException failure) {
                observer.failed(failure);
            }
        });
    }

    void retried(StaleTokenException refusal) {
        if (observer != null) {
            tell(() -> observer.retried(refusal));
        }
    }

    private static void tell(Runnable event) {
        try {
            event.run();
        } catch (Throwable e) { // an Error as well: what hears does not decide what is written
            LOG.warn("An observer failed; its event is dropped", e);
        }
    }
}
