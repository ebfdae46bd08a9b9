package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss.Reason;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult.Granted;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A client whose clocks are not the server's. */
class ClockTest {
    private static final String NAME = "lock";
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration STEP = Duration.ofMillis(1);

    private final VirtualTimeScheduler truth = VirtualTimeScheduler.create();
    private final InMemoryLockBackend server = InMemoryLockBackend.create(truth);

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.6, 0.75, 0.9, 0.98, 1, 1.02, 1.25, 1.5, 2})
    @DisplayName("B16: clocks of different rates never let two holders believe, where the margin covers the difference")
    void coversTheRatesThatTheMarginIsFor(double rate) {
        Duration margin = marginFor(rate).plus(STEP);
        assertThat(overlap(rate, request -> request.driftMargin(margin).withoutRenewal()))
                .isZero();
        assertThat(overlap(rate, request -> request.driftMargin(margin).renewalInterval(LEASE.dividedBy(5))))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.6, 0.75, 0.9})
    @DisplayName("B16, control: two holders believe at a time where the margin is half of what the difference takes")
    void doesNotCoverRatesBeyondTheMargin(double rate) {
        Duration margin = marginFor(rate).dividedBy(2);
        assertThat(overlap(rate, request -> request.driftMargin(margin).withoutRenewal()))
                .isPositive();
        assertThat(overlap(rate, request -> request.driftMargin(margin).renewalInterval(LEASE.dividedBy(5))))
                .isPositive();
    }

    @ParameterizedTest
    @CsvSource({"0.98, false", "1, false", "1.02, false", "0.95, true"})
    @DisplayName("B16: the default margin covers clocks that differ by 2 %")
    void coversTwoPercentByDefault(double rate, boolean overlaps) {
        assertThat(overlap(rate, UnaryOperator.identity()).isZero()).isNotEqualTo(overlaps);
    }

    @Test
    @DisplayName("A5, B9: a grant that a paused process reads after its lease time is refused, and given back")
    void refusesAGrantThatWasReadAfterAPause() {
        ClientTime time = new ClientTime(truth);
        FaultyLockBackend network = FaultyLockBackend.around(server, time);
        LockClient client = client(network, time);
        network.next(LockOperation.TRY_ACQUIRE, LockFault.delayReply(STEP));
        CompletableFuture<Lease> attempt =
                client.tryAcquire(request().waitTime(LEASE.multipliedBy(3))).toFuture();

        time.pause(LEASE.plus(LEASE.dividedBy(2)));

        assertThatThrownBy(attempt::join).cause().isInstanceOf(LockBackendException.class);
        truth.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(server.heldBy(NAME)).isEmpty();
    }

    @Test
    @DisplayName("B2, B9: after a pause the lease is lost, and a late answer to a renewal revives nothing")
    void losesTheLeaseInAPause() {
        ClientTime time = new ClientTime(truth);
        FaultyLockBackend network = FaultyLockBackend.around(server, time);
        Lease lease = acquire(client(network, time));
        network.always(LockOperation.RENEW, LockFault.delayReply(STEP));
        long sent = network.calls(LockOperation.RENEW);
        while (network.calls(LockOperation.RENEW) == sent) {
            truth.advanceTimeBy(STEP);
        }

        time.pause(LEASE);

        assertThat(lease.isValid()).isFalse();
        truth.advanceTimeBy(LEASE);
        assertThat(lease.isValid()).isFalse();
        assertThat(lease.lost().toFuture())
                .isCompletedWithValueMatching(loss -> loss.reason() == Reason.EXPIRED)
                .isCompletedWithValueMatching(loss -> !loss.noticedAfter().isZero());
        assertThat(server.heldBy(NAME)).isEmpty();
    }

    @Test
    @DisplayName("B4: answers to renewals that come out of order move validity forward only, never beyond the server's")
    void takesAnswersInAnyOrder() {
        ClientTime time = new ClientTime(truth);
        FaultyLockBackend network = FaultyLockBackend.around(server, time);
        for (int seconds : new int[] {3, 1, 4, 1, 5, 2, 6, 0}) {
            network.next(LockOperation.RENEW, LockFault.delayReply(Duration.ofSeconds(seconds)));
        }
        Lease lease = client(network, time)
                .acquire(request().renewalInterval(Duration.ofSeconds(2)))
                .toFuture()
                .join();
        long validUntil = 0;
        for (int millis = 0; millis < 20_000; millis++) {
            truth.advanceTimeBy(STEP);
            assertThat(lease.isValid()).isTrue();
            assertThat(lease.remaining()).isLessThan(server.remaining(NAME));
            long until = truth.now(TimeUnit.NANOSECONDS) + lease.remaining().toNanos();
            assertThat(until).isGreaterThanOrEqualTo(validUntil);
            validUntil = until;
        }
        assertThat(network.calls(LockOperation.RENEW)).isGreaterThan(8);
    }

    @Test
    @DisplayName("B10: a suspended machine finds its lease lost before it believes")
    void losesTheLeaseInASuspension() {
        ClientTime time = new ClientTime(truth);
        Lease lease = acquire(client(FaultyLockBackend.around(server, time), time));
        time.suspend(LEASE);
        assertThat(lease.isValid()).isFalse();
        truth.advanceTimeBy(STEP);
        assertThat(lease.lost().toFuture())
                .succeedsWithin(Duration.ZERO)
                .extracting("reason", InstanceOfAssertFactories.type(Reason.class))
                .isEqualTo(Reason.SUSPENDED);
    }

    @Test
    @DisplayName("B10, control: without suspend detection it believes in a lock that the server gave to another")
    void believesInALostLeaseWithoutSuspendDetection() {
        ClientTime time = new ClientTime(truth);
        LockClient client = LockClient.create(
                FaultyLockBackend.around(server, time),
                LockClientOptions.defaults().scheduler(time).withoutSuspendDetection());
        Lease lease = acquire(client);
        time.suspend(LEASE);
        take();
        assertThat(lease.isValid()).isTrue();
    }

    private static LockRequest request() {
        return LockRequest.of(NAME).leaseTime(LEASE);
    }

    private static LockClient client(FaultyLockBackend network, ClientTime time) {
        return LockClient.create(network, LockClientOptions.defaults().scheduler(time));
    }

    private Lease acquire(LockClient client) {
        return client.acquire(request()).toFuture().join();
    }

    /** A clock that runs slow sees a lease time of L pass when L divided by the rate has passed; the margin makes up for it. */
    private static Duration marginFor(double rate) {
        return Duration.ofNanos((long) (LEASE.toNanos() * Math.max(0, 1 - rate)));
    }

    private boolean take() {
        Granted granted = server.tryAcquire(new AcquireCommand(NAME, new Holder(1, 1), LEASE, 0, 1))
                .ofType(Granted.class)
                .block();
        return granted != null;
    }

    /** For how long the client believes that it holds the lock while another holds it, after renewals ceased to get through. */
    private Duration overlap(double rate, UnaryOperator<LockRequest> terms) {
        server.forget();
        ClientTime time = new ClientTime(truth, rate);
        FaultyLockBackend network = FaultyLockBackend.around(server, truth);
        LockClient client = client(network, time);
        Lease lease = client.acquire(terms.apply(request())).toFuture().join();
        if (terms.apply(request()).renewalInterval().isPresent()) {
            truth.advanceTimeBy(LEASE.multipliedBy(3));
            assertThat(lease.isValid()).isTrue();
        }
        network.always(LockOperation.RENEW, LockFault.refuse(Kind.TRANSIENT));
        while (!take()) {
            truth.advanceTimeBy(STEP);
        }
        long others = truth.now(TimeUnit.NANOSECONDS);
        while (lease.isValid()) {
            truth.advanceTimeBy(STEP);
        }
        return Duration.ofNanos(truth.now(TimeUnit.NANOSECONDS) - others);
    }
}
