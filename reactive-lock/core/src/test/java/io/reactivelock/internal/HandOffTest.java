package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLoss.Reason;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Grants that the backend pushes to a waiter, for a claim time of one second. */
class HandOffTest {
    /** The two clocks may differ in rate by 1 %. */
    private static final LockRequest REQUEST = LockRequest.of("a")
            .leaseTime(ofSeconds(10))
            .waitTime(ofSeconds(60))
            .renewalInterval(ofSeconds(3))
            .driftMargin(ofMillis(100));

    private static final Duration CLAIM = ofSeconds(1);

    /** What the server's clock shows when this one shows nothing. */
    private static final Duration SERVER = ofSeconds(1_000_000);

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final PausableTime paused = new PausableTime(time);
    private final ScriptedBackend.Queue backend = new ScriptedBackend.Queue();
    private final LockClient client =
            LockClient.create(backend, LockClientOptions.defaults().scheduler(paused));
    private final List<Lease> leases = new ArrayList<>();

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private Disposable queued(LockRequest request) {
        Disposable acquire = client.acquire(request).subscribe(leases::add);
        backend.queued(0, SERVER);
        backend.log.clear();
        return acquire;
    }

    private Lease lease() {
        assertThat(leases).hasSize(1);
        return leases.get(0);
    }

    @Test // F3
    void theWinnerStartsAtOnceAndExtendsItsClaimWithOneRenewal() {
        queued(REQUEST);
        time.advanceTimeBy(ofMillis(200));
        backend.handOff(0, 7, CLAIM, SERVER.plusMillis(200));
        assertThat(lease().token().value()).isEqualTo(7);
        // granted 200 ms after the attempt, or 1 % of that earlier on this clock; the claim less 1 % and 5 ms
        assertThat(lease().remaining()).isEqualTo(ofMillis(1_000 - 2 - 10 - 5));
        time.advanceTimeBy(Duration.ZERO);
        assertThat(backend.log).containsExactly("renew");
        backend.renewed(0, true);
        assertThat(lease().remaining()).isEqualTo(ofMillis(9_900));
        assertThat(backend.log).containsExactly("renew");
    }

    @Test // F9
    void aClaimThatCannotBeExtendedEndsWithTheServersClaim() {
        queued(REQUEST);
        backend.handOff(0, 7, CLAIM, SERVER);
        time.advanceTimeBy(ofMillis(984));
        assertThat(lease().isValid()).isTrue();
        assertThat(backend.renewals.size()).isGreaterThan(1); // B6
        time.advanceTimeBy(ofMillis(1));
        assertThat(lease().isValid()).isFalse();
        List<LeaseLoss> losses = new ArrayList<>();
        lease().lost().subscribe(losses::add);
        assertThat(losses.get(0).reason()).isEqualTo(Reason.EXPIRED);
    }

    @Test // F9
    void aHandOffThatWasReadLateIsBelievedForWhatIsLeftOfIt() {
        queued(REQUEST);
        paused.ahead(ofMillis(400)); // it lay in the kernel, or the process stood still
        backend.handOff(0, 7, CLAIM, SERVER);
        assertThat(lease().remaining()).isEqualTo(ofMillis(1_000 - 400 - 10 - 5));
    }

    @ParameterizedTest // F9
    @ValueSource(ints = {501, 1_000, 2_000})
    void aHandOffThatIsTooOldIsConfirmedByAnAttempt(int late) {
        queued(REQUEST);
        paused.ahead(ofMillis(late));
        backend.handOff(0, 7, CLAIM, SERVER);
        assertThat(leases).isEmpty();
        assertThat(backend.log).containsExactly("enqueue");
        assertThat(backend.commands.get(1).holder())
                .isEqualTo(backend.commands.get(0).holder());
        backend.granted(1, 7);
        assertThat(lease().remaining()).isEqualTo(ofMillis(9_900));
    }

    @Test // F9
    void aServersClockThatWentBackDatesNothing() {
        queued(REQUEST);
        backend.handOff(0, 7, CLAIM, SERVER.minusNanos(1));
        assertThat(leases).isEmpty();
        assertThat(backend.log).containsExactly("enqueue");
    }

    @Test // F9, B12
    void aServersClockThatRanAheadIsNotBelievedBeyondNow() {
        queued(REQUEST);
        backend.handOff(0, 7, CLAIM, SERVER.plusSeconds(3_600));
        assertThat(lease().remaining()).isLessThan(CLAIM);
    }

    @Test // F9, B10
    void afterASuspendAHandOffIsConfirmed() {
        queued(REQUEST);
        paused.stepWall(ofMillis(101));
        backend.handOff(0, 7, CLAIM, SERVER);
        assertThat(leases).isEmpty();
        assertThat(backend.log).containsExactly("enqueue");
    }

    @Test
    void aHandOffThatOvertookTheReplyIsConfirmed() {
        client.acquire(REQUEST).subscribe(leases::add);
        backend.queued(0, SERVER);
        time.advanceTimeBy(ofSeconds(1));
        assertThat(backend.attempts).hasSize(2);
        backend.handOff(0, 7, CLAIM, SERVER.plusSeconds(1));
        assertThat(leases).isEmpty();
        backend.queued(1, SERVER.plusSeconds(1)); // answered before the grant
        assertThat(backend.attempts).hasSize(3);
        backend.granted(2, 7);
        assertThat(lease().token().value()).isEqualTo(7);
    }

    @Test
    void aLeaseWithoutRenewalIsConfirmedToHaveItsWholeTime() {
        queued(REQUEST.withoutRenewal());
        backend.handOff(0, 7, CLAIM, SERVER);
        assertThat(leases).isEmpty();
        backend.granted(1, 7);
        assertThat(lease().remaining()).isEqualTo(ofMillis(9_900));
    }

    @Test // A3, F5
    void aHandOffThatCrossedTheCancelIsGivenBackByTheLeave() {
        queued(REQUEST).dispose();
        backend.handOff(0, 7, CLAIM, SERVER);
        assertThat(leases).isEmpty();
        assertThat(backend.log).containsExactly("leave");
    }

    @Test // A6
    void aHandOffToSomebodyElseIsNoGrant() {
        queued(REQUEST);
        backend.signals
                .tryEmitNext(new io.reactivelock.spi.WaitSignal.HandOff(
                        new Holder(1, 2), new io.reactivelock.spi.AttemptResult.Granted(7, 1, false, CLAIM), SERVER))
                .orThrow();
        assertThat(leases).isEmpty();
        assertThat(backend.log).isEmpty();
    }
}
