package io.reactivelock.micrometer;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import io.reactivelock.FencingToken;
import io.reactivelock.LockRequest;
import org.jspecify.annotations.Nullable;

/** Starts the observations of one client. */
final class LockInstrumentation {
    private final ObservationRegistry registry;
    private final NamedConvention acquire;
    private final NamedConvention hold;

    LockInstrumentation(ObservationRegistry registry, LockObservationConvention convention) {
        this.registry = registry;
        acquire = NamedConvention.of(convention, LockObservationDocumentation.ACQUIRE);
        hold = NamedConvention.of(convention, LockObservationDocumentation.HOLD);
    }

    boolean isNoop() {
        return registry.isNoop();
    }

    /**
     * @param parent null for the current one of this thread
     */
    QuietObservation acquire(LockRequest request, @Nullable ObservationView parent) {
        LockObservationContext context = new LockObservationContext(LockObservationDocumentation.ACQUIRE, request);
        context.setParentObservation(parent);
        return QuietObservation.start(context, () -> create(acquire, context));
    }

    /**
     * @param parent that of the acquire, or null; not the current one of this thread, which is any thread
     */
    QuietObservation hold(LockRequest request, FencingToken token, @Nullable ObservationView parent) {
        LockObservationContext context = new LockObservationContext(LockObservationDocumentation.HOLD, request);
        context.setToken(token);
        return QuietObservation.start(context, () -> {
            Observation created = create(hold, context);
            context.setParentObservation(parent);
            return created;
        });
    }

    private Observation create(NamedConvention convention, LockObservationContext context) {
        return context.getObserved()
                .observation(convention.isChosen() ? convention : null, convention, () -> context, registry);
    }
}
