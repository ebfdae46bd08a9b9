package io.reactivelock.micrometer;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.docs.MeterDocumentation;

/** The meters of {@link LockMetrics} and {@link FencingGuardMetrics}, with their tags. */
public enum LockMeterDocumentation implements MeterDocumentation {
    /** How long an acquire took, from its subscription to its end; by how it ended. */
    ACQUIRE(
            "reactive.lock.acquire",
            Meter.Type.TIMER,
            "From the subscription of an acquire to its end",
            MeterTag.LOCK,
            MeterTag.OUTCOME),
    /** How long a lease was held; by how it ended. */
    HOLD("reactive.lock.hold", Meter.Type.TIMER, "How long a lease was held", MeterTag.LOCK, MeterTag.OUTCOME),
    /** Leases that ended before they were released; by what ended them. */
    LOST(
            "reactive.lock.lost",
            Meter.Type.COUNTER,
            "Leases that ended before they were released",
            MeterTag.LOCK,
            MeterTag.REASON),
    /** Leases that got their lock by a release, without an attempt of their own; by the way it came. */
    HANDOFFS(
            "reactive.lock.handoffs",
            Meter.Type.COUNTER,
            "Locks that a release handed to a waiter",
            MeterTag.LOCK,
            MeterTag.KIND),
    /** Leases that are held now. */
    HELD("reactive.lock.held", Meter.Type.GAUGE, "Leases that are held now", MeterTag.LOCK),
    /** Acquires that found their lock held, and wait now. */
    WAITING("reactive.lock.waiting", Meter.Type.GAUGE, "Acquires that wait now", MeterTag.LOCK),
    /** Renewals of leases; by how they were answered. */
    RENEWALS("reactive.lock.renewals", Meter.Type.COUNTER, "Renewals of leases", MeterTag.OUTCOME),
    /** How long a round of renewals took: from the request for all leases that were due to the last answer. */
    RENEWAL_ROUND(
            "reactive.lock.renewal.round",
            Meter.Type.TIMER,
            "From the request of a round of renewals to its last answer"),
    /** Tokens that the storage refused: late writes that would have done harm, or advances after the backend lost its counter. */
    GUARD_STALE("fencing.guard.stale", Meter.Type.COUNTER, "Tokens that the storage refused", MeterTag.RESOURCE),
    /** How long an advance took, from its call to the commit. */
    GUARD_ADVANCE(
            "fencing.guard.advance", Meter.Type.TIMER, "From the call of an advance to its commit", MeterTag.RESOURCE),
    /** Grants that were given back, and taken again with a token above the highest one. */
    GUARD_RETRIES(
            "fencing.guard.retries", Meter.Type.COUNTER, "Grants taken again with a higher token", MeterTag.RESOURCE),
    /** Calls in which the guard could not do its work; by what they leave open. */
    GUARD_FAILURES(
            "fencing.guard.failures",
            Meter.Type.COUNTER,
            "Calls in which the guard could not do its work",
            MeterTag.KIND);

    private final String name;
    private final Meter.Type type;
    private final String description;

    @SuppressWarnings("ImmutableEnumChecker") // never changed, and copied on its way out
    private final MeterTag[] tags;

    LockMeterDocumentation(String name, Meter.Type type, String description, MeterTag... tags) {
        this.name = name;
        this.type = type;
        this.description = description;
        this.tags = tags;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public Meter.Type getType() {
        return type;
    }

    @Override
    public KeyName[] getKeyNames() {
        return tags.clone();
    }

    String description() {
        return description;
    }

    /** The tags. */
    public enum MeterTag implements KeyName {
        /** The group of the lock: {@code LockRequest.group()}. */
        LOCK("lock"),
        /** What the guarded resource's name has before its first {@code :}, or {@code other}. */
        RESOURCE("resource"),
        /**
         * How it ended. An acquire: {@code acquired}, {@code timeout}, {@code busy}, {@code error}, {@code cancelled}. A hold: {@code
         * released}, {@code lost}, {@code dropped}. A renewal: {@code renewed}, {@code lost}, {@code failed}.
         */
        OUTCOME("outcome"),
        /** The reason of a loss, in lower case: {@code LeaseLoss.Reason}. */
        REASON("reason"),
        /**
         * Of a hand-off, the way it came: {@code local} inside the client, {@code backend} by the backend's signal. Of a failure of the
         * guard, in lower case: {@code FencingGuardException.Kind}.
         */
        KIND("kind");

        private final String key;

        MeterTag(String key) {
            this.key = key;
        }

        @Override
        public String asString() {
            return key;
        }
    }
}
