package io.reactivelock.micrometer;

import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * A convention with the name of one observation: a convention is asked for its name without a context, and a registry decides by the
 * name whether it wants the observation.
 */
record NamedConvention(LockObservationConvention convention, String name) implements LockObservationConvention {
    static NamedConvention of(LockObservationConvention convention, LockObservationDocumentation observed) {
        String own = convention.getName();
        return new NamedConvention(convention, own == null ? observed.getName() : own);
    }

    /** Whether the user wants this one, before any that is global. */
    boolean isChosen() {
        return convention != DEFAULT;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public @Nullable String getContextualName(LockObservationContext context) {
        return convention.getContextualName(context);
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(LockObservationContext context) {
        return convention.getLowCardinalityKeyValues(context);
    }

    @Override
    public KeyValues getHighCardinalityKeyValues(LockObservationContext context) {
        return convention.getHighCardinalityKeyValues(context);
    }
}
