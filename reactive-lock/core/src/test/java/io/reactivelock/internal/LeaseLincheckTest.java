package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Expiry, renewal, loss and release of one lease race with each other on several threads; each result must be one that some order of
 * the same calls on one thread gives. // B2, B4, B5, C6, G5
 */
@Tag("long")
class LeaseLincheckTest {
    private static final LockRequest REQUEST = LockRequest.of("a").leaseTime(Duration.ofSeconds(10));

    @Test
    void everyRaceHasAnOrder() {
        new StressOptions()
                .iterations(30)
                .invocationsPerIteration(1_000)
                .threads(3)
                .actorsPerThread(3)
                .check(Subject.class);
    }

    public static class Subject implements LockBackend {
        private final AtomicLong now = new AtomicLong();
        private final AtomicInteger releases = new AtomicInteger();
        private final LockEngine engine =
                new LockEngine(this, LockClientOptions.defaults().scheduler(new InlineScheduler(now)));
        private final DefaultLease lease = granted();

        public Subject() {
            lease.start();
        }

        private DefaultLease granted() {
            LeaseClock.Timestamp sent = engine.runtime.clock().timestamp();
            Holder holder = new Holder(1, 1);
            long validUntil = sent.nanos()
                    + REQUEST.leaseTime().minus(REQUEST.driftMargin()).toNanos();
            return DefaultLease.granted(
                    engine.runtime,
                    engine.gateway,
                    new LocalQueue(engine.runtime, engine.gateway, engine.waiters, closed -> {}, REQUEST),
                    new AcquireSubscription(
                            engine.runtime, REQUEST, null, engine.queues::acquire, new BaseSubscriber<Lease>() {}),
                    new ReceivedGrant(
                            new AttemptResult.Granted(1, 1, false, REQUEST.leaseTime()),
                            holder,
                            sent,
                            validUntil,
                            LockObserver.GrantPath.ATTEMPT,
                            0));
        }

        @Operation
        public boolean isValid() {
            return lease.isValid();
        }

        @Operation
        public void renewed() {
            lease.renewalAnswered(
                    new RenewalResult.Renewed(lease.backendHolder(), REQUEST.leaseTime()),
                    engine.runtime.clock().timestamp());
        }

        @Operation
        public void taken() {
            lease.renewalAnswered(
                    new RenewalResult.Lost(lease.backendHolder()),
                    engine.runtime.clock().timestamp());
        }

        @Operation
        public String release() {
            Boolean released = lease.release().block();
            return releases.get() > 1 ? "released twice" : "released: " + released;
        }

        @Operation
        public void timePasses() {
            now.addAndGet(Duration.ofSeconds(6).toNanos());
        }

        @Override
        public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
            return Mono.never();
        }

        @Override
        public Flux<RenewalResult> renew(List<Renewal> renewals) {
            return Flux.never();
        }

        @Override
        public Mono<Boolean> release(String name, Holder holder) {
            return Mono.fromCallable(() -> releases.incrementAndGet() == 1);
        }

        @Override
        public Consistency consistency() {
            return Consistency.LINEARIZABLE;
        }

        @Override
        public LeaseTimes leaseTimes() {
            return new LeaseTimes(Duration.ofMillis(1), Duration.ofDays(1), Duration.ofMillis(1));
        }

        @Override
        public Mono<Void> ping() {
            return Mono.empty();
        }

        @Override
        public Mono<Void> close() {
            return Mono.empty();
        }
    }
}
