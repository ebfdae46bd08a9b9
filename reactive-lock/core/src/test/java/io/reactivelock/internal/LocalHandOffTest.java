package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLoss.Reason;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Waiters of one client for one lock, against replies that come when the test says so. */
class LocalHandOffTest {
    /** Valid for 9.9 s, renewed at about 3 s. */
    private static final LockRequest REQUEST = LockRequest.of("a")
            .leaseTime(ofSeconds(10))
            .waitTime(ofSeconds(60))
            .renewalInterval(ofSeconds(3))
            .driftMargin(ofMillis(100));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ScriptedBackend.Queue backend = new ScriptedBackend.Queue();
    private final List<Lease> leases = new ArrayList<>();
    private LockClient client = client(100, ofMillis(50));

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private LockClient client(int leases, Duration within) {
        return LockClient.create(
                backend, LockClientOptions.defaults().scheduler(time).localHandOff(leases, within));
    }

    private Disposable acquire() {
        return acquire(REQUEST);
    }

    private Disposable acquire(LockRequest request) {
        return client.acquire(request).subscribe(leases::add);
    }

    /** So many acquires, of which the first has a lease that came with a token for each. */
    private void acquired(int count, boolean contended) {
        acquire();
        for (int i = 1; i < count; i++) {
            acquire();
        }
        backend.granted(backend.attempts.size() - 1, 7, count, contended);
        backend.log.clear();
    }

    private Lease last() {
        return leases.get(leases.size() - 1);
    }

    private List<Long> tokens() {
        return leases.stream().map(lease -> lease.token().value()).toList();
    }

    private static LeaseLoss loss(Lease lease) {
        List<LeaseLoss> losses = new ArrayList<>();
        lease.lost().subscribe(losses::add);
        assertThat(losses).hasSize(1);
        return losses.get(0);
    }

    @Test // F10, G3
    void aReleaseHandsTheLockOnWithoutTheBackend() {
        List<Boolean> released = new ArrayList<>();
        acquired(3, false);
        last().release().subscribe(released::add);
        last().release().subscribe(released::add);
        assertThat(backend.log).isEmpty();
        assertThat(released).containsExactly(true, true);
        assertThat(tokens()).containsExactly(7L, 8L, 9L);
        assertThat(leases.stream().map(lease -> lease.token().holder()).distinct())
                .hasSize(3);
        assertThat(leases.stream().filter(Lease::isValid)).containsExactly(last());

        last().release().subscribe();
        assertThat(backend.log).containsExactly("release");
    }

    @Test
    void thereIsOneContenderAndItAsksForATokenForEachOfThem() {
        acquire();
        acquire();
        acquire();
        assertThat(backend.log).containsExactly("enqueue");
        backend.granted(0, 7, 1, false);
        last().release().subscribe();
        // the only token is used: back to the backend, and there in this order
        assertThat(backend.log).containsExactly("enqueue", "release", "enqueue");
        assertThat(backend.commands.get(1).tokens()).isEqualTo(2);
        assertThat(backend.commands.get(1).holder())
                .isNotEqualTo(backend.commands.get(0).holder());
        backend.granted(1, 20, 2, false);
        last().release().subscribe();
        assertThat(tokens()).containsExactly(7L, 20L, 21L);
    }

    @Test // F11
    void theNumberOfLeasesBoundsARun() {
        client = client(2, ofSeconds(1));
        acquired(3, false);
        last().release().subscribe();
        last().release().subscribe();
        assertThat(tokens()).containsExactly(7L, 8L);
        assertThat(backend.log).containsExactly("release", "enqueue");
    }

    @Test // F11
    void timeBoundsARunAndBeforeItEndsThoseWhoWaitTakeTheirPlaceAtTheBackend() {
        acquired(2, false);
        time.advanceTimeBy(ofMillis(49));
        assertThat(backend.log).isEmpty();
        time.advanceTimeBy(ofMillis(1));
        assertThat(backend.log).containsExactly("enqueue");
        backend.queued(1, ofSeconds(1_000));
        last().release().subscribe();
        assertThat(backend.log).containsExactly("enqueue", "release");
        assertThat(leases).hasSize(1);
    }

    @Test // F11
    void whereOthersWaitAtTheBackendATenthOfTheBoundHolds() {
        acquired(12, true);
        for (int i = 0; i < 10; i++) {
            last().release().subscribe();
        }
        assertThat(leases).hasSize(10);
        assertThat(backend.log).containsExactly("release", "enqueue");
    }

    @Test // F11
    void whereOthersWaitAtTheBackendATenthOfTheTimeHolds() {
        acquired(2, true);
        time.advanceTimeBy(ofMillis(5));
        last().release().subscribe();
        assertThat(leases).hasSize(1);
    }

    @Test // F11
    void whenOthersComeToWaitTheBoundShortensAtOnce() {
        acquired(12, false);
        for (int i = 0; i < 5; i++) {
            last().release().subscribe();
        }
        Holder known = backend.commands.get(0).holder();
        backend.signals.tryEmitNext(new WaitSignal.Contended(known)).orThrow();
        for (int i = 0; i < 5; i++) {
            last().release().subscribe();
        }
        assertThat(leases).hasSize(10);
        assertThat(backend.log).containsExactly("release", "enqueue");
        // and whoever has the lock next starts anew
        backend.granted(1, 100, 2, false);
        last().release().subscribe();
        assertThat(tokens()).endsWith(100L, 101L);
    }

    @Test // F11
    void whenOthersComeToWaitThoseWhoWaitHereTakeTheirPlaceSoon() {
        acquired(2, false);
        backend.signals
                .tryEmitNext(new WaitSignal.Contended(backend.commands.get(0).holder()))
                .orThrow();
        time.advanceTimeBy(ofMillis(5));
        assertThat(backend.log).containsExactly("enqueue");
    }

    @Test // F10
    void aHandedOnLeaseIsValidForNoLongerThanTheGrant() {
        acquired(2, false);
        time.advanceTimeBy(ofMillis(40));
        last().release().subscribe();
        assertThat(last().remaining()).isEqualTo(ofMillis(9_900 - 40));
        Lease second = last();
        backend.onAttempt = attempt -> {};
        time.advanceTimeBy(ofMillis(9_860));
        assertThat(second.isValid()).isFalse();
        assertThat(loss(second).reason()).isEqualTo(Reason.EXPIRED);
    }

    @Test // F10
    void theLossOfTheGrantIsTheLossOfWhoeverHasIt() {
        client = client(100, ofSeconds(30));
        acquired(3, false);
        time.advanceTimeBy(ofSeconds(3));
        assertThat(backend.log).containsExactly("renew");
        last().release().subscribe(); // the renewal is still on its way
        backend.renewed(0, false);
        assertThat(leases).hasSize(2);
        assertThat(loss(last()).reason()).isEqualTo(Reason.TAKEN);
        // and the third contends anew
        assertThat(backend.log).containsExactly("renew", "enqueue");
    }

    @Test // F10
    void aRenewalThatIsAnsweredAfterTheHandOnCountsForTheNext() {
        client = client(100, ofSeconds(30));
        acquired(2, false);
        time.advanceTimeBy(ofSeconds(3));
        last().release().subscribe();
        backend.renewed(0, true);
        assertThat(last().remaining()).isEqualTo(ofMillis(9_900));
        assertThat(backend.renewals.get(0).get(0).holder())
                .isEqualTo(backend.commands.get(0).holder());
    }

    @Test // F10
    void aHandedOnLeaseIsRenewedAndReleasedUnderTheHolderThatTheBackendKnows() {
        acquired(2, false);
        Holder known = backend.commands.get(0).holder();
        last().release().subscribe();
        assertThat(last().token().holder()).isNotEqualTo(known);
        time.advanceTimeBy(ofSeconds(3));
        assertThat(backend.renewals.get(0).get(0).holder()).isEqualTo(known);
        backend.renewed(0, true);
        assertThat(last().remaining()).isEqualTo(ofMillis(9_900));
        last().release().subscribe();
        assertThat(backend.released).containsExactly(known);
    }

    @Test
    void aTokenThatIsTooLowForTheNextSendsItToTheBackend() {
        acquire();
        acquire(REQUEST.tokenAbove(50));
        backend.granted(0, 7, 2, false);
        last().release().subscribe();
        assertThat(tokens()).containsExactly(7L);
        assertThat(backend.commands.get(1).tokenAbove()).isEqualTo(50);
        backend.granted(1, 51, 1, false);
        assertThat(tokens()).containsExactly(7L, 51L);
    }

    @Test
    void aBackendThatIgnoresTheNumberToExceedIsNotAskedForEver() {
        acquire(REQUEST.tokenAbove(50));
        backend.granted(0, 7);
        assertThat(tokens()).containsExactly(7L); // the guard refuses it, and says so
    }

    @Test
    void otherTermsHaveAContenderOfTheirOwn() {
        acquire();
        acquire(REQUEST.leaseTime(ofSeconds(20)));
        acquire(REQUEST.withoutRenewal());
        assertThat(backend.log).containsExactly("enqueue", "enqueue", "enqueue");
    }

    @Test // F5
    void whoeverCancelsIsPassedOverAndTheLastOneEndsTheContention() {
        Disposable first = acquire();
        Disposable second = acquire();
        Disposable third = acquire();
        backend.queued(0, ofSeconds(1_000));
        second.dispose();
        first.dispose();
        assertThat(backend.log).containsExactly("enqueue", "signals");
        third.dispose();
        assertThat(backend.log).containsExactly("enqueue", "signals", "leave");

        acquired(3, false);
        Disposable gone = acquire();
        gone.dispose();
        last().release().subscribe();
        assertThat(leases).hasSize(2);
    }

    @Test // F10
    void whoReleasesIsToldBeforeTheNextOneWorks() {
        List<String> order = new ArrayList<>();
        acquire();
        client.acquire(REQUEST).subscribe(next -> order.add("next"));
        backend.granted(0, 7, 2, false);

        leases.get(0).release().subscribe(released -> order.add("released"));

        assertThat(order).containsExactly("released", "next");
    }

    @Test // B15
    void theLongestHoldOfOneLeaseIsNotThatOfTheNext() {
        acquire(REQUEST.maxHold(ofMillis(300)));
        acquire();
        backend.granted(0, 7, 2, false);
        backend.log.clear();

        leases.get(0).release().subscribe();

        assertThat(last().token().value()).isEqualTo(8);
        assertThat(last().remaining()).isEqualTo(ofMillis(9_900));
        time.advanceTimeBy(ofSeconds(4));
        assertThat(last().isValid()).isTrue();
        assertThat(backend.renewals).isNotEmpty();
    }

    @Test // F10
    void aLongestHoldCountsFromTheLeaseNotFromTheGrant() {
        acquire();
        acquire(REQUEST.maxHold(ofSeconds(5)));
        backend.granted(0, 7, 2, false);
        time.advanceTimeBy(ofMillis(40));
        last().release().subscribe();
        assertThat(last().remaining()).isEqualTo(ofSeconds(5));
    }

    @Test
    void aLongQueueIsNoDeepStack() {
        client = client(100_000, ofSeconds(1));
        int count = 50_000;
        List<Integer> done = new ArrayList<>();
        IntStream.range(0, count)
                .forEach(i -> client.withLock(REQUEST.waitTime(ofSeconds(60)), lease -> Mono.just(i))
                        .subscribe(done::add));
        backend.granted(0, 7, count, false);
        assertThat(done).hasSize(count - 1).isSorted(); // the last one waits for the backend
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(done).hasSize(count);
    }

    @Test // C7
    void nothingIsHandedOnByADispose() {
        acquired(3, false);
        List<Object> ends = new ArrayList<>();
        client.acquire(REQUEST).subscribe(ends::add, ends::add);
        client.close().subscribe();
        assertThat(loss(leases.get(0)).reason()).isEqualTo(Reason.DISPOSED);
        assertThat(leases).hasSize(1);
        assertThat(ends).hasSize(1).hasOnlyElementsOfType(LockClientDisposedException.class);
    }
}
