package io.reactivelock.micrometer;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationView;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.reactivelock.FencingToken;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * An observation that ends once, whoever comes first, and whose handlers change nothing by what they throw: a lease that meets a handler
 * that fails still gets to its subscriber.
 */
final class QuietObservation {
    /** The constant of a class that cannot be loaded where context propagation is not there; the compiler copies it. */
    private static final String KEY = ObservationThreadLocalAccessor.KEY;

    private static final Logger LOG = Loggers.getLogger(LockObservations.class);

    private final LockObservationContext context;
    private final Observation observation;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable Throwable error;

    private QuietObservation(LockObservationContext context, Observation observation) {
        this.context = context;
        this.observation = observation;
    }

    static QuietObservation start(LockObservationContext context, Supplier<Observation> creation) {
        try {
            return new QuietObservation(context, creation.get().start());
        } catch (RuntimeException e) {
            LOG.warn("An observation of a lock could not be started", e);
            return new QuietObservation(context, Observation.NOOP);
        }
    }

    /** {@return the observation around a subscriber, or null} */
    static @Nullable Observation around(ContextView subscriber) {
        return subscriber.getOrDefault(KEY, null);
    }

    /** Puts this observation around what is inside; where nobody wants this one, that which was around the whole. */
    Context putInto(Context inside, @Nullable Observation outside) {
        Observation around = observation.isNoop() ? outside : observation;
        return around == null ? inside.delete(KEY) : inside.put(KEY, around);
    }

    @Nullable
    ObservationView parent() {
        return context.getParentObservation();
    }

    void token(FencingToken token) {
        context.setToken(token);
    }

    /** Remembers what went wrong inside, until the end. */
    void failed(Throwable e) {
        error = e;
    }

    void end(String outcome) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        context.setOutcome(outcome);
        try {
            Throwable e = error;
            if (e != null) {
                observation.error(e);
            }
            observation.stop();
        } catch (RuntimeException e) {
            LOG.warn("An observation of a lock could not be ended", e);
        }
    }
}
