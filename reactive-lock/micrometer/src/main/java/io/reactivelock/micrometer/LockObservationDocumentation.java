package io.reactivelock.micrometer;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observations of {@link LockObservations}. Their names differ from those of the meters of {@link LockMetrics}, since a handler may
 * make a meter of each observation, too.
 */
public enum LockObservationDocumentation implements ObservationDocumentation {
    /** An acquire, from its subscription to its end: the parent of the attempts at the backend. */
    ACQUIRE("reactive.lock.observed.acquire"),
    /** A lease, from its grant to its release or loss: the parent of what runs under the lock. A sibling of the acquire. */
    HOLD("reactive.lock.observed.hold");

    private final String name;

    LockObservationDocumentation(String name) {
        this.name = name;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
        return LockObservationConvention.class;
    }

    @Override
    public KeyName[] getLowCardinalityKeyNames() {
        return LowKey.values();
    }

    @Override
    public KeyName[] getHighCardinalityKeyNames() {
        return HighKey.values();
    }

    /** Key names with few values, which a meter may have as tags. */
    public enum LowKey implements KeyName {
        /** The group of the lock: {@code LockRequest.group()}. */
        LOCK("lock"),
        /**
         * How it ended. An acquire: {@code acquired}, {@code timeout}, {@code busy}, {@code error}, {@code cancelled}. A hold: {@code
         * released}, {@code lost}. Until then {@code unknown}.
         */
        OUTCOME("outcome");

        private final String key;

        LowKey(String key) {
            this.key = key;
        }

        @Override
        public String asString() {
            return key;
        }
    }

    /** Key names with any number of values, for traces alone. */
    public enum HighKey implements KeyName {
        /** The lock name. */
        LOCK_NAME("lock.name"),
        /** The value of the fencing token, or {@code none} where there is none. */
        LOCK_TOKEN("lock.token");

        private final String key;

        HighKey(String key) {
            this.key = key;
        }

        @Override
        public String asString() {
            return key;
        }
    }
}
