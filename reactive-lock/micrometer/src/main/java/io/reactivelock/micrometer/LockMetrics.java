package io.reactivelock.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockObserver;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times what lock clients do, as {@link LockMeterDocumentation} lists it.
 *
 * <p>The meters of a group of locks are registered with its first event, all of them, and stay. One instance serves all clients that
 * count into one registry: a second one would find the gauges taken.
 *
 * <p>Safe for use by several threads. Never blocks.
 */
public final class LockMetrics implements LockObserver {
    private final Meters meters;
    private final TagValue tagValue;
    private final Map<String, LockMeters> byTag = new ConcurrentHashMap<>();
    private final Counter renewed;
    private final Counter renewalsLost;
    private final Counter renewalsFailed;
    private final Timer renewalRound;

    /** Leases that were dropped and have not ended yet: by identity, and rarely any. */
    private final Set<Lease> dropped = ConcurrentHashMap.newKeySet();

    /** What stands in the tag {@code lock}. */
    private enum TagValue {
        GROUP {
            @Override
            String of(Acquire acquire) {
                return acquire.group();
            }

            @Override
            String of(Lease lease) {
                return lease.group();
            }
        },
        NAME {
            @Override
            String of(Acquire acquire) {
                return acquire.name();
            }

            @Override
            String of(Lease lease) {
                return lease.name();
            }
        };

        abstract String of(Acquire acquire);

        abstract String of(Lease lease);
    }

    private LockMetrics(MeterRegistry registry, TagValue tagValue) {
        meters = new Meters(Objects.requireNonNull(registry, "registry"));
        this.tagValue = tagValue;
        renewed = meters.counter(LockMeterDocumentation.RENEWALS, "renewed");
        renewalsLost = meters.counter(LockMeterDocumentation.RENEWALS, "lost");
        renewalsFailed = meters.counter(LockMeterDocumentation.RENEWALS, "failed");
        renewalRound = meters.timer(LockMeterDocumentation.RENEWAL_ROUND);
    }

    /**
     * Counts by group: the tag {@code lock} is {@link io.reactivelock.LockRequest#group}.
     *
     * @param registry where the meters are registered
     * @return the observer
     */
    public static LockMetrics create(MeterRegistry registry) {
        return new LockMetrics(registry, TagValue.GROUP);
    }

    /**
     * Counts by lock: the tag {@code lock} is the whole name. For an application with few names, known in advance: some thirty time
     * series belong to each, and none is ever removed.
     *
     * @param registry where the meters are registered
     * @return the observer
     */
    public static LockMetrics withLockNames(MeterRegistry registry) {
        return new LockMetrics(registry, TagValue.NAME);
    }

    private LockMeters of(Acquire acquire) {
        return of(tagValue.of(acquire));
    }

    private LockMeters of(Lease lease) {
        return of(tagValue.of(lease));
    }

    private LockMeters of(String lock) {
        LockMeters known = byTag.get(lock); // without the lock that computeIfAbsent may take
        return known != null ? known : byTag.computeIfAbsent(lock, unseen -> new LockMeters(meters, unseen));
    }

    @Override
    public void acquireQueued(Acquire acquire) {
        of(acquire).queued();
    }

    @Override
    public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
        of(acquire).acquired(acquire.elapsed(), acquire.isQueued(), path);
    }

    @Override
    public void acquireEnded(Acquire acquire, AcquireEnd end, @Nullable Throwable error) {
        of(acquire).ended(end, acquire.elapsed(), acquire.isQueued());
    }

    @Override
    public void leaseReleased(Lease lease, Duration held) {
        of(lease).released(held);
        dropped.remove(lease);
    }

    @Override
    public void leaseLost(Lease lease, LeaseLoss loss, Duration held) {
        of(lease).lost(loss.reason(), held, dropped.remove(lease));
    }

    @Override
    public void leaseDropped(Lease lease) {
        dropped.add(lease);
    }

    @Override
    public void renewalRound(RenewalRound round) {
        renewed.increment(round.renewed());
        renewalsLost.increment(round.lost());
        renewalsFailed.increment(round.failed());
        renewalRound.record(round.took());
    }
}
