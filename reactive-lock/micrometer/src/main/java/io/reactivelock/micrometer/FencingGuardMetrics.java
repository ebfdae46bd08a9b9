package io.reactivelock.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.reactivelock.FencingToken;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.fencing.StaleTokenException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * Counts and times what fencing guards do, as {@link LockMeterDocumentation} lists it. A guard knows resources, not the groups of locks:
 * the tag {@code resource} is what a resource's name has before its first {@code :}, and {@code other} where it has none.
 *
 * <p>The meters of a group of resources are registered with its first event, all of them, and stay. Safe for use by several threads.
 * Never blocks.
 */
public final class FencingGuardMetrics implements FencingGuardObserver {
    private final Meters meters;
    private final UnaryOperator<String> tagValue;
    private final Map<String, ResourceMeters> byTag = new ConcurrentHashMap<>();
    private final Map<FencingGuardException.Kind, Counter> failures;

    private record ResourceMeters(Counter stale, Timer advance, Counter retries) {
        static ResourceMeters of(Meters meters, String resource) {
            return new ResourceMeters(
                    meters.counter(LockMeterDocumentation.GUARD_STALE, resource),
                    meters.timer(LockMeterDocumentation.GUARD_ADVANCE, resource),
                    meters.counter(LockMeterDocumentation.GUARD_RETRIES, resource));
        }
    }

    private FencingGuardMetrics(MeterRegistry registry, UnaryOperator<String> tagValue) {
        meters = new Meters(Objects.requireNonNull(registry, "registry"));
        this.tagValue = tagValue;
        failures = Meters.each(
                FencingGuardException.Kind.class, kind -> meters.counter(LockMeterDocumentation.GUARD_FAILURES, kind));
    }

    /**
     * Counts by group of resources.
     *
     * @param registry where the meters are registered
     * @return the observer
     */
    public static FencingGuardMetrics create(MeterRegistry registry) {
        return new FencingGuardMetrics(registry, LockRequest::groupOf);
    }

    /**
     * Counts by resource: the tag {@code resource} is the whole name. For an application with few names, known in advance: five time
     * series belong to each, and none is ever removed.
     *
     * @param registry where the meters are registered
     * @return the observer
     */
    public static FencingGuardMetrics withResourceNames(MeterRegistry registry) {
        return new FencingGuardMetrics(registry, UnaryOperator.identity());
    }

    private ResourceMeters of(String resource) {
        String tag = tagValue.apply(resource);
        ResourceMeters known = byTag.get(tag); // without the lock that computeIfAbsent may take
        return known != null ? known : byTag.computeIfAbsent(tag, unseen -> ResourceMeters.of(meters, unseen));
    }

    @Override
    public void advanced(String resource, FencingToken token, Duration took) {
        of(resource).advance().record(took);
    }

    @Override
    public void refused(StaleTokenException refusal) {
        of(refusal.resource()).stale().increment();
    }

    @Override
    public void retried(StaleTokenException refusal) {
        of(refusal.resource()).retries().increment();
    }

    @Override
    public void failed(FencingGuardException failure) {
        Objects.requireNonNull(failures.get(failure.kind())).increment();
    }
}
