package io.reactivelock.micrometer;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.FaultyLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockFault;
import io.reactivelock.testkit.LockOperation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

class LockMetricsTest {
    private static final LockRequest REQUEST = LockRequest.of("order:1").leaseTime(ofSeconds(30));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final InMemoryLockBackend server = InMemoryLockBackend.create(time);
    private final FaultyLockBackend network = FaultyLockBackend.around(server, time);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LockMetrics metrics = LockMetrics.create(registry);
    private final LockClient locks = client(metrics);
    private final List<Lease> leases = new ArrayList<>();

    private LockClient client(LockObserver observer) {
        return LockClient.create(
                network, LockClientOptions.defaults().scheduler(time).observer(observer));
    }

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private Disposable acquire(LockClient from) {
        Disposable acquire = from.acquire(REQUEST).subscribe(leases::add, e -> {});
        time.advanceTime();
        return acquire;
    }

    private void release(int lease) {
        leases.get(lease).release().subscribe();
        time.advanceTime();
    }

    private Timer timer(String name, String outcome) {
        return registry.get(name).tag("lock", "order").tag("outcome", outcome).timer();
    }

    private double count(String name, String tag, String value) {
        return registry.get(name).tag(tag, value).counter().count();
    }

    private double gauge(String name) {
        return registry.get(name).tag("lock", "order").gauge().value();
    }

    @Test
    void timesAnAcquireAndTheHold() {
        network.next(LockOperation.ENQUEUE, LockFault.delayReply(ofMillis(40)));
        acquire(locks);
        time.advanceTimeBy(ofMillis(40));
        time.advanceTimeBy(ofSeconds(2));
        release(0);

        assertThat(timer("reactive.lock.acquire", "acquired").count()).isOne();
        assertThat(timer("reactive.lock.acquire", "acquired").totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(40);
        assertThat(timer("reactive.lock.hold", "released").count()).isOne();
        assertThat(timer("reactive.lock.hold", "released").totalTime(TimeUnit.MILLISECONDS))
                .isBetween(2000.0, 2040.0);
        assertThat(timer("reactive.lock.hold", "lost").count()).isZero();
    }

    @Test
    void countsWhoHoldsAndWhoWaits() {
        acquire(locks);
        assertThat(gauge("reactive.lock.held")).isOne();
        Disposable second = acquire(locks);
        acquire(locks);
        assertThat(gauge("reactive.lock.waiting")).isEqualTo(2);

        second.dispose();
        assertThat(gauge("reactive.lock.waiting")).isOne();
        release(0);
        assertThat(gauge("reactive.lock.held")).isOne();
        assertThat(gauge("reactive.lock.waiting")).isZero();
        release(1);
        assertThat(gauge("reactive.lock.held")).isZero();
        assertThat(timer("reactive.lock.acquire", "cancelled").count()).isOne();
    }

    @Test
    void tellsHandOffsInsideTheClientFromThoseOfTheBackend() {
        acquire(locks);
        acquire(locks);
        acquire(locks);
        release(0);
        release(1);
        assertThat(leases).hasSize(3);
        assertThat(count("reactive.lock.handoffs", "kind", "local")).isOne();
        double before = count("reactive.lock.handoffs", "kind", "backend");
        acquire(client(metrics));
        release(2);

        assertThat(leases).hasSize(4);
        assertThat(count("reactive.lock.handoffs", "kind", "local")).isOne();
        assertThat(count("reactive.lock.handoffs", "kind", "backend")).isEqualTo(before + 1);
    }

    @Test
    void tellsHowAnAcquireEndsWithoutALease() {
        acquire(locks);
        LockClient other = client(metrics);
        other.tryAcquire(REQUEST).subscribe(leases::add);
        time.advanceTime();
        acquire(other);
        time.advanceTimeBy(ofSeconds(10));
        network.always(LockOperation.ENQUEUE, LockFault.refuse(Kind.PERMANENT));
        acquire(client(metrics));
        time.advanceTimeBy(ofSeconds(10));

        assertThat(leases).hasSize(1);
        assertThat(timer("reactive.lock.acquire", "busy").count()).isOne();
        assertThat(timer("reactive.lock.acquire", "timeout").totalTime(TimeUnit.SECONDS))
                .isEqualTo(10);
        assertThat(timer("reactive.lock.acquire", "error").count()).isOne();
        assertThat(gauge("reactive.lock.waiting")).isZero();
    }

    @Test
    void countsLossesByReasonAndTheRenewalsBefore() {
        acquire(locks);
        time.advanceTimeBy(ofSeconds(10));
        assertThat(count("reactive.lock.renewals", "outcome", "renewed")).isOne();
        server.steal("order:1");
        time.advanceTimeBy(ofSeconds(10));
        assertThat(count("reactive.lock.lost", "reason", "taken")).isOne();
        assertThat(count("reactive.lock.renewals", "outcome", "lost")).isOne();
        assertThat(timer("reactive.lock.hold", "lost").count()).isOne();

        server.forget();
        acquire(locks);
        network.always(LockOperation.RENEW, LockFault.refuse(Kind.TRANSIENT));
        time.advanceTimeBy(ofSeconds(31));
        assertThat(count("reactive.lock.lost", "reason", "expired")).isOne();
        assertThat(count("reactive.lock.renewals", "outcome", "failed")).isGreaterThan(1);
        assertThat(gauge("reactive.lock.held")).isZero();
        assertThat(registry.get("reactive.lock.renewal.round").timer().count()).isGreaterThan(3);
    }

    @Test
    void aDroppedLeaseIsAnOutcomeOfItsOwn() {
        acquire(locks);
        Lease lease = leases.get(0);
        metrics.leaseDropped(lease);
        metrics.leaseLost(
                lease,
                new LeaseLoss(lease.name(), lease.token(), LeaseLoss.Reason.EXPIRED, Duration.ZERO, null),
                ofSeconds(30));

        assertThat(timer("reactive.lock.hold", "dropped").count()).isOne();
        assertThat(timer("reactive.lock.hold", "lost").count()).isZero();
        assertThat(count("reactive.lock.lost", "reason", "expired")).isOne();
    }

    @Test
    void aTagHasTheGroupAndTheNameOnlyWhereItIsAsked() {
        acquire(locks);
        assertThat(lockTags()).containsOnly("order");

        registry.clear();
        client(LockMetrics.withLockNames(registry)).tryAcquire(REQUEST).subscribe();
        time.advanceTime();
        assertThat(lockTags()).containsOnly("order:1");
    }

    private List<String> lockTags() {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .flatMap(id -> id.getTags().stream())
                .filter(tag -> tag.getKey().equals("lock"))
                .map(Tag::getValue)
                .toList();
    }

    @Test
    void allMetersOfAGroupAreThereFromItsFirstEvent() {
        acquire(locks);
        int meters = registry.getMeters().size();
        for (LeaseLoss.Reason reason : LeaseLoss.Reason.values()) {
            Lease lease = leases.get(0);
            metrics.leaseLost(
                    lease, new LeaseLoss(lease.name(), lease.token(), reason, Duration.ZERO, null), Duration.ZERO);
        }

        assertThat(registry.getMeters()).hasSize(meters);
    }
}
