package io.reactivelock.micrometer;

import io.micrometer.observation.ObservationRegistry;
import io.reactivelock.LockClient;
import java.util.Objects;

/**
 * Observes the waiting for locks and the work under them, so that a trace shows both as parents of what happens inside.
 *
 * <p>Each acquire is an observation, {@link LockObservationDocumentation#ACQUIRE}, and each lease another,
 * {@link LockObservationDocumentation#HOLD}. The parent of both is the observation in the subscriber's Reactor Context, where {@code
 * ObservationThreadLocalAccessor} keeps it, or else the current one of the subscribing thread. The attempts at the backend see the
 * acquire in their Context, and the work of {@code withLock}, {@code tryWithLock} and {@code withLockMany} sees the hold. A lease of
 * {@code acquire} and {@code tryAcquire} is observed until it is released or lost, and is nobody's parent: what its holder does with
 * it is not inside.
 *
 * <p>All else is as without: values, errors, cancels, threads, whose a lease is. What a handler throws is logged and changes nothing.
 */
public final class LockObservations {
    private LockObservations() {}

    /**
     * Observes a client, with the default convention.
     *
     * @param locks the client; its {@code close} is that of the result
     * @param registry where the observations go. {@link ObservationRegistry#NOOP} gives back the client itself, and one without handlers
     *     costs a look at its list of handlers for each subscription
     * @return the observed client
     */
    public static LockClient observe(LockClient locks, ObservationRegistry registry) {
        return observe(locks, registry, LockObservationConvention.DEFAULT);
    }

    /**
     * Observes a client.
     *
     * @param locks the client; its {@code close} is that of the result
     * @param registry where the observations go. {@link ObservationRegistry#NOOP} gives back the client itself, and one without handlers
     *     costs a look at its list of handlers for each subscription
     * @param convention names and key values; one that is not the default comes before a global one of the registry
     * @return the observed client
     */
    public static LockClient observe(
            LockClient locks, ObservationRegistry registry, LockObservationConvention convention) {
        Objects.requireNonNull(locks, "locks");
        Objects.requireNonNull(convention, "convention");
        return Objects.requireNonNull(registry, "registry") == ObservationRegistry.NOOP
                ? locks
                : new ObservedLockClient(locks, new LockInstrumentation(registry, convention));
    }
}
