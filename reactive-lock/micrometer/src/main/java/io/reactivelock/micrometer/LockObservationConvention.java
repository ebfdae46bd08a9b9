package io.reactivelock.micrometer;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.reactivelock.FencingToken;
import io.reactivelock.micrometer.LockObservationDocumentation.HighKey;
import io.reactivelock.micrometer.LockObservationDocumentation.LowKey;
import org.jspecify.annotations.Nullable;

/**
 * The names and key values of the observations of locks. Its methods are the default, one by one; override those that are to differ.
 * Asked at the start of an observation and at its end.
 */
public interface LockObservationConvention extends ObservationConvention<LockObservationContext> {
    /** The default. */
    LockObservationConvention DEFAULT = new LockObservationConvention() {};

    @Override
    default boolean supportsContext(Observation.Context context) {
        return context instanceof LockObservationContext;
    }

    /** {@return the name for both observations, or null for that of each: {@link LockObservationDocumentation#getName()}} */
    @Override
    default @Nullable String getName() {
        return null;
    }

    /** Returns {@code acquire} or {@code hold}, and the group of the lock. */
    @Override
    default @Nullable String getContextualName(LockObservationContext context) {
        String group = context.getRequest().group();
        return switch (context.getObserved()) {
            case ACQUIRE -> "acquire " + group;
            case HOLD -> "hold " + group;
        };
    }

    @Override
    default KeyValues getLowCardinalityKeyValues(LockObservationContext context) {
        return KeyValues.of(
                LowKey.LOCK.withValue(context.getRequest().group()), LowKey.OUTCOME.withValue(context.getOutcome()));
    }

    @Override
    default KeyValues getHighCardinalityKeyValues(LockObservationContext context) {
        FencingToken token = context.getToken();
        return KeyValues.of(
                HighKey.LOCK_NAME.withValue(context.getRequest().name()),
                HighKey.LOCK_TOKEN.withValue(token == null ? KeyValue.NONE_VALUE : Long.toString(token.value())));
    }
}
