package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.RenewalResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What backends can do, and cannot, beyond the four methods of every one. */
class BackendPowersTest {
    private static final LockRequest REQUEST = LockRequest.of("a")
            .leaseTime(ofSeconds(60))
            .waitTime(ofSeconds(2))
            .renewalInterval(ofSeconds(20))
            .driftMargin(ofMillis(100));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ScriptedBackend backend = new ScriptedBackend();
    private final List<Object> signals = new ArrayList<>();

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private LockClient client() {
        return LockClient.create(backend, LockClientOptions.defaults().scheduler(time));
    }

    private void subscribe(Mono<?> source) {
        source.subscribe(signals::add, signals::add, () -> signals.add("complete"));
    }

    private Lease granted(LockClient client, AttemptResult.Granted grant) {
        List<Lease> leases = new ArrayList<>();
        client.acquire(REQUEST).subscribe(leases::add);
        backend.attempts.get(backend.attempts.size() - 1).tryEmitValue(grant).orThrow();
        return leases.get(0);
    }

    @Test // A10
    void aLeaseTimeOutOfTheBackendsBoundsFailsAtCallTime() {
        backend.leaseTimes = new LeaseTimes(ofSeconds(15), ofSeconds(60), ofSeconds(1));
        LockClient client = client();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.acquire(LockRequest.of("a").leaseTime(ofSeconds(14))))
                .withMessage("the lease time with this backend is from 15s to PT1M, not 14s");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.tryAcquire(LockRequest.of("a").leaseTime(ofSeconds(61))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.withLock(LockRequest.of("a").leaseTime(ofSeconds(14)), lease -> Mono.empty()));
        assertThatNoException()
                .isThrownBy(() -> client.acquire(LockRequest.of("a").leaseTime(ofSeconds(15))));
        assertThatNoException()
                .isThrownBy(() -> client.acquire(LockRequest.of("a").leaseTime(ofSeconds(60))));
    }

    @Test
    void leaseTimesAreRoundedUpToTheUnit() {
        LeaseTimes times = new LeaseTimes(ofSeconds(2), ofSeconds(60), ofSeconds(1));
        assertThat(times.roundUp(ofMillis(2_001))).isEqualTo(ofSeconds(3));
        assertThat(times.roundUp(ofSeconds(3))).isEqualTo(ofSeconds(3));
        assertThatIllegalArgumentException().isThrownBy(() -> new LeaseTimes(ofSeconds(3), ofSeconds(2), ofSeconds(1)));
    }

    @Test // B1
    void aLeaseIsValidNoLongerThanTheBackendKeepsIt() {
        Lease lease = granted(client(), new AttemptResult.Granted(7, 1, false, ofSeconds(4)));

        assertThat(lease.remaining()).isEqualTo(ofMillis(3_900));
        time.advanceTimeBy(ofMillis(3_899));
        assertThat(lease.isValid()).isTrue();
        time.advanceTimeBy(ofMillis(1));
        assertThat(lease.isValid()).isFalse();
    }

    @Test // B1
    void whatTheBackendKeepsForLessIsRenewedInTime() {
        Lease lease = granted(client(), new AttemptResult.Granted(7, 1, false, ofSeconds(4)));
        for (int i = 0; i < 100; i++) {
            time.advanceTimeBy(ofMillis(500));
            for (int sent = 0; sent < backend.renewals.size(); sent++) {
                backend.renewalReplies
                        .get(sent)
                        .tryEmitNext(new RenewalResult.Renewed(lease.backendHolder(), ofSeconds(4)));
            }
        }
        assertThat(lease.isValid()).isTrue();
        assertThat(backend.renewals).hasSizeBetween(30, 60);
    }

    @Test // B4
    void aRenewalThatTheBackendKeepsForLessShortensValidity() {
        Lease lease = granted(client(), new AttemptResult.Granted(7, 1, false, ofSeconds(60)));
        time.advanceTimeBy(ofSeconds(20));
        backend.renewalReplies
                .get(0)
                .tryEmitNext(new RenewalResult.Renewed(lease.backendHolder(), ofSeconds(4)))
                .orThrow();
        assertThat(lease.remaining()).isLessThan(ofSeconds(4));
    }

    @Test // B7
    void aLossThatTheBackendTellsEndsTheLeaseAtOnce() {
        backend.losses = Sinks.many().multicast().directBestEffort();
        Lease lease = granted(client(), new AttemptResult.Granted(7, 1, false, ofSeconds(60)));
        lease.lost().subscribe(signals::add);

        backend.losses.tryEmitNext(new Holder(1, 1)).orThrow();
        time.advanceTime();
        assertThat(lease.isValid()).isTrue();

        backend.losses.tryEmitNext(lease.backendHolder()).orThrow();
        time.advanceTime();
        assertThat(lease.isValid()).isFalse();
        assertThat(signals)
                .singleElement()
                .isInstanceOfSatisfying(
                        LeaseLoss.class, loss -> assertThat(loss.reason()).isEqualTo(LeaseLoss.Reason.TAKEN));
    }

    @Test
    void lossSignalsThatBreakOffAreSubscribedAgain() {
        Sinks.Many<Holder> first = Sinks.many().multicast().directBestEffort();
        backend.losses = first;
        Lease lease = granted(client(), new AttemptResult.Granted(7, 1, false, ofSeconds(60)));
        backend.losses = Sinks.many().multicast().directBestEffort();
        first.tryEmitError(new LockBackendException("a", LockBackendException.Kind.UNKNOWN, "broke off", null));
        assertThat(lease.isValid()).isTrue();

        time.advanceTimeBy(ofSeconds(5));
        backend.losses.tryEmitNext(lease.backendHolder()).orThrow();
        time.advanceTime();
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void howLongALockIsHeldMayBeUnknown() {
        subscribe(client().acquire(REQUEST));
        for (int i = 0; i < 20; i++) {
            for (Sinks.One<AttemptResult> attempt : backend.attempts) {
                attempt.tryEmitValue(new AttemptResult.Busy(null));
            }
            time.advanceTimeBy(ofMillis(100));
        }
        assertThat(signals)
                .singleElement()
                .isInstanceOfSatisfying(
                        LockTimeoutException.class, e -> assertThat(e.heldFor()).isEmpty());
    }

    @Test
    void aPingIsAnsweredOrBounded() {
        LockClient client = client();
        subscribe(client.ping(ofSeconds(1)));
        time.advanceTimeBy(ofSeconds(1));
        assertThat(signals)
                .singleElement()
                .isInstanceOfSatisfying(
                        LockBackendException.class,
                        e -> assertThat(e.isTransient()).isTrue());

        signals.clear();
        backend.pong.tryEmitEmpty().orThrow();
        subscribe(client.ping(ofSeconds(1)));
        subscribe(client.connect());
        assertThat(signals).containsExactly("complete", "complete");
        assertThatIllegalArgumentException().isThrownBy(() -> client.ping(ofMillis(0)));
    }

    @Test
    void afterConnectSilenceIsNotBlamedOnTheConnection() {
        backend.pong.tryEmitEmpty().orThrow();
        LockClient client = client();
        client.connect().subscribe();
        subscribe(client.acquire(REQUEST));
        time.advanceTimeBy(ofSeconds(2));
        assertThat(signals)
                .singleElement()
                .extracting(error -> ((Throwable) error).getMessage())
                .isEqualTo("lock 'a': no answer from the backend within 2s");
    }

    @Test
    void anAcquireThatWouldWaitForItselfFailsAtOnce() {
        LockClient client = client();
        subscribe(client.withLock(REQUEST, lease -> client.acquire(REQUEST)));
        backend.attempts
                .get(0)
                .tryEmitValue(new AttemptResult.Granted(7, 1, false, ofSeconds(60)))
                .orThrow();
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals)
                .singleElement()
                .isInstanceOfSatisfying(
                        IllegalStateException.class,
                        e -> assertThat(e)
                                .hasMessage(
                                        "lock 'a' is held around this acquire, which would wait for itself; use the lease"
                                                + " that is in the Reactor Context"));
        assertThat(backend.attempts).hasSize(1);
    }

    @Test
    void locksOfDifferentNamesNest() {
        LockClient client = client();
        subscribe(client.withLock(REQUEST, lease -> client.withLock(REQUEST.name("b"), inner -> Mono.just("both"))));
        backend.attempts
                .get(0)
                .tryEmitValue(new AttemptResult.Granted(7, 1, false, ofSeconds(60)))
                .orThrow();
        assertThat(backend.commands).extracting(command -> command.name()).containsExactly("a", "b");
    }
}
