package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLoss.Reason;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The engine against replies that come when the test says so, under virtual time. */
class EngineTest {
    /** Valid for 9.9 s, renewed at about 3 s. */
    private static final LockRequest REQUEST = request("a");

    /** Another lock: those who want one lock stand in one queue of the client. */
    private static final LockRequest OTHER = request("b");

    private static LockRequest request(String name) {
        return LockRequest.of(name)
                .leaseTime(ofSeconds(10))
                .waitTime(ofSeconds(2))
                .renewalInterval(ofSeconds(3))
                .driftMargin(ofMillis(100));
    }

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ScriptedBackend backend = new ScriptedBackend();
    private final LockClient client = client(backend);
    private final List<Object> signals = new ArrayList<>();

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private LockClient client(ScriptedBackend backend) {
        return LockClient.create(backend, LockClientOptions.defaults().scheduler(time));
    }

    private Disposable subscribe(Flux<?> source) {
        return source.subscribe(signals::add, signals::add, () -> signals.add("complete"));
    }

    private Disposable subscribe(Mono<?> source) {
        return subscribe(source.flux());
    }

    private Lease acquired() {
        return acquired(REQUEST);
    }

    private Lease acquired(LockRequest request) {
        List<Lease> leases = new ArrayList<>();
        client.acquire(request).subscribe(leases::add);
        backend.granted(backend.attempts.size() - 1, 7);
        return leases.get(0);
    }

    private Throwable error() {
        assertThat(signals).hasSize(1);
        return (Throwable) signals.get(0);
    }

    private LeaseLoss loss(Lease lease) {
        List<LeaseLoss> losses = new ArrayList<>();
        lease.lost().subscribe(losses::add);
        assertThat(losses).hasSize(1);
        return losses.get(0);
    }

    @Test
    @NullUnmarked
    void nullIsRefusedAtCallTime() {
        assertThatNullPointerException().isThrownBy(() -> client.acquire(null));
        assertThatNullPointerException().isThrownBy(() -> client.tryAcquire(null));
        assertThatNullPointerException().isThrownBy(() -> client.withLock(null, lease -> Mono.empty()));
        assertThatNullPointerException().isThrownBy(() -> client.withLock(REQUEST, null));
        assertThatNullPointerException().isThrownBy(() -> client.withLockMany(REQUEST, null));
        assertThatNullPointerException().isThrownBy(() -> client.tryWithLockMany(REQUEST, null));
        assertThatNullPointerException().isThrownBy(() -> LockClient.create(null));
    }

    @Test
    void nothingIsSentBeforeSubscription() {
        assertThat(List.of(
                        client.acquire(REQUEST),
                        client.tryAcquire(REQUEST),
                        client.withLock(REQUEST, lease -> Mono.empty()),
                        client.close()))
                .hasSize(4);
        assertThat(backend.log).isEmpty();
    }

    @Test // A3
    void aCancelAwaitsTheAnswerAndThenGivesTheGrantBack() {
        subscribe(client.acquire(REQUEST)).dispose();
        assertThat(backend.log).containsExactly("try");
        backend.granted(0, 7);
        assertThat(backend.log).containsExactly("try", "release");
        assertThat(signals).isEmpty();
    }

    @Test // A3
    void aCancelledAttemptThatFoundTheLockHeldLeavesNothingToGiveBack() {
        subscribe(client.acquire(REQUEST)).dispose();
        backend.busy(0, ofSeconds(5));
        time.advanceTimeBy(ofSeconds(60));
        assertThat(backend.log).containsExactly("try");
    }

    @Test // A1, A4
    void aCancelledAttemptWithoutAnAnswerIsCompensatedUnseen() {
        subscribe(client.acquire(REQUEST)).dispose();
        time.advanceTimeBy(ofMillis(9_899));
        assertThat(backend.log).containsExactly("try");
        time.advanceTimeBy(ofMillis(1));
        assertThat(backend.log).containsExactly("try", "release");
    }

    @Test // A4
    void noAnswerByTheDeadlineIsUnknownAndALateGrantIsGivenBack() {
        subscribe(client.acquire(REQUEST));
        time.advanceTimeBy(ofMillis(1_999));
        assertThat(signals).isEmpty();
        time.advanceTimeBy(ofMillis(1));
        assertThat(((LockBackendException) error()).isOutcomeUnknown()).isTrue();
        assertThat(error())
                .hasMessage(
                        "lock 'a': no answer from the backend within 2s; it has not answered yet: the connection may"
                                + " still be being made, see LockClient.connect");
        backend.granted(0, 7);
        assertThat(backend.log).containsExactly("try", "release");
    }

    @Test // A4
    void aSingleAttemptHasTheSameDeadline() {
        subscribe(client.tryAcquire(REQUEST));
        time.advanceTimeBy(ofSeconds(2));
        assertThat(((LockBackendException) error()).isOutcomeUnknown()).isTrue();
    }

    @Test // A5
    void validityCountsFromBeforeTheRequestWasSent() {
        List<Lease> leases = new ArrayList<>();
        client.acquire(REQUEST).subscribe(leases::add);
        time.advanceTimeBy(ofMillis(1_500));
        backend.granted(0, 7);
        assertThat(leases.get(0).remaining()).isEqualTo(ofMillis(9_900 - 1_500));
    }

    @Test // A5
    void aGrantThatIsReadTooLateIsRefusedAndGivenBack() {
        PausableTime paused = new PausableTime(time);
        LockClient pausedClient =
                LockClient.create(backend, LockClientOptions.defaults().scheduler(paused));
        subscribe(pausedClient.tryAcquire(REQUEST));
        paused.ahead(ofMillis(9_900)); // the process stood still while the reply lay in the kernel
        backend.granted(0, 7);
        assertThat(((LockBackendException) error()).isOutcomeUnknown()).isTrue();
        assertThat(error()).hasMessageContaining("no longer valid");
        assertThat(backend.log).containsExactly("try", "release");
    }

    @Test // A2, A5
    void anAttemptThatIsNotAnsweredInItsLeaseTimeIsRepeatedByTheSameHolder() {
        subscribe(client.acquire(REQUEST.leaseTime(ofSeconds(5)).waitTime(ofSeconds(30))));
        time.advanceTimeBy(ofSeconds(6));
        assertThat(backend.commands.size()).isGreaterThanOrEqualTo(2);
        assertThat(backend.commands.get(1).holder())
                .isEqualTo(backend.commands.get(0).holder());
        backend.granted(backend.attempts.size() - 1, 7);
        assertThat(signals).hasSize(2).last().isEqualTo("complete");
    }

    @Test // A2
    void aTimerThatMetTheAttemptOfASignalLeavesItToItsAnswer() {
        ScriptedBackend.Queue queue = new ScriptedBackend.Queue();
        LockEngine engine = new LockEngine(queue, LockClientOptions.defaults().scheduler(time));
        subscribe(new DefaultLockClient(engine).acquire(REQUEST));
        queue.queued(0, ofSeconds(1));
        BackendAcquirer parked = engine.runtime.timers().snapshot().stream()
                .filter(BackendAcquirer.class::isInstance)
                .map(BackendAcquirer.class::cast)
                .findFirst()
                .orElseThrow();

        parked.wake();
        parked.onDue(engine.runtime.clock().nanos());
        time.advanceTime();

        assertThat(queue.commands).hasSize(2);
        queue.granted(1, 7);
        assertThat(signals).hasSize(2).last().isEqualTo("complete");
    }

    @Test // G3
    void everySubscriptionIsAnAttemptOfItsOwn() {
        Mono<Lease> acquire = client.tryAcquire(REQUEST.tokenAbove(41));
        acquire.subscribe();
        acquire.subscribe();
        assertThat(backend.commands.get(0).holder())
                .isNotEqualTo(backend.commands.get(1).holder());
        assertThat(backend.commands.get(0).tokenAbove()).isEqualTo(41);
    }

    @Test // F7
    void aLockHeldUntilTheDeadlineEndsInATimeout() {
        backend.onAttempt = attempt -> backend.busy(attempt, ofSeconds(5));
        subscribe(client.acquire(REQUEST));
        time.advanceTimeBy(ofMillis(1_999));
        assertThat(signals).isEmpty();
        time.advanceTimeBy(ofMillis(1));
        assertThat(error())
                .isInstanceOf(LockTimeoutException.class)
                .hasMessage("lock 'a' not acquired within 2s (held by another holder for at most 5s more)");
        assertThat(backend.log).doesNotContain("release");
    }

    @Test
    void aTransientFailureIsRetriedAndReportedAtTheDeadline() {
        backend.onAttempt = attempt -> backend.failed(attempt, Kind.TRANSIENT);
        subscribe(client.acquire(REQUEST));
        time.advanceTimeBy(ofMillis(1_999));
        assertThat(signals).isEmpty();
        time.advanceTimeBy(ofMillis(1));
        assertThat(backend.attempts.size()).isGreaterThan(2);
        assertThat(((LockBackendException) error()).kind()).isEqualTo(Kind.TRANSIENT);
        assertThat(backend.log).doesNotContain("release");
    }

    @Test // A4
    void anUnknownFailureIsCompensated() {
        subscribe(client.tryAcquire(REQUEST));
        backend.failed(0, Kind.UNKNOWN);
        assertThat(((LockBackendException) error()).isOutcomeUnknown()).isTrue();
        assertThat(backend.log).containsExactly("try", "release");
    }

    @Test
    void aPermanentFailureEndsAtOnce() {
        subscribe(client.acquire(REQUEST));
        backend.failed(0, Kind.PERMANENT);
        assertThat(((LockBackendException) error()).isTransient()).isFalse();
    }

    @Test
    void aSingleAttemptIsEmptyWhenTheLockIsHeld() {
        subscribe(client.tryAcquire(REQUEST));
        backend.busy(0, ofSeconds(5));
        assertThat(signals).containsExactly("complete");
    }

    @Test // B1
    void validityEndsBeforeTheLeaseTimeAndIsSignalledThen() {
        Lease lease = acquired();
        time.advanceTimeBy(ofMillis(9_899));
        assertThat(lease.isValid()).isTrue();
        subscribe(lease.lost());
        time.advanceTimeBy(ofMillis(1));
        assertThat(signals).hasSize(2);
        assertThat(((LeaseLoss) signals.get(0)).reason()).isEqualTo(Reason.EXPIRED);
        assertThat(((LeaseLoss) signals.get(0)).noticedAfter()).isZero();
        assertThat(lease.isValid()).isFalse();
        assertThat(lease.remaining()).isZero();
    }

    @Test // B6
    void unansweredAndFailedRenewalsAreRepeatedUntilValidityEnds() {
        Lease lease = acquired();
        time.advanceTimeBy(ofSeconds(3));
        assertThat(backend.renewals).hasSize(1);
        time.advanceTimeBy(ofMillis(1_500));
        assertThat(backend.renewals).hasSize(2);
        backend.renewalReplies
                .get(1)
                .tryEmitError(new IllegalStateException("gone"))
                .orThrow();
        time.advanceTimeBy(ofMillis(375));
        assertThat(backend.renewals).hasSize(3);
        assertThat(lease.isValid()).isTrue();
        time.advanceTimeBy(ofMillis(9_900 - 4_875));
        LeaseLoss loss = loss(lease);
        assertThat(loss.reason()).isEqualTo(Reason.EXPIRED);
        assertThat(loss.cause()).hasMessage("gone");
        int sent = backend.renewals.size();
        time.advanceTimeBy(ofSeconds(60));
        assertThat(backend.renewals).hasSize(sent);
    }

    @Test // B6
    void inEachIntervalGoesOneRenewalAndOneRepeat() {
        Lease lease = acquired();
        time.advanceTimeBy(ofMillis(8_600));
        assertThat(backend.renewals).as("after two intervals, each of 3 s").hasSize(4);
        assertThat(lease.isValid()).isTrue();
    }

    @Test // B6
    void anAnswerWithoutAResultIsAFailureThatIsRepeated() {
        Lease lease = acquired();
        time.advanceTimeBy(ofSeconds(3));
        backend.renewalReplies.get(0).tryEmitComplete().orThrow();
        time.advanceTimeBy(ofMillis(375));
        assertThat(backend.renewals).hasSize(2);
        time.advanceTimeBy(ofSeconds(10));
        assertThat(loss(lease).cause()).hasMessageContaining("without a result");
    }

    @Test // B1
    void aRenewalCountsFromBeforeItWasSent() {
        Lease lease = acquired();
        time.advanceTimeBy(ofSeconds(3));
        assertThat(backend.renewals).hasSize(1);
        time.advanceTimeBy(ofSeconds(1));
        backend.renewed(0, true);
        assertThat(lease.remaining()).isEqualTo(ofMillis(9_900 - 1_000));
    }

    @Test // B2
    void aRenewalThatSucceedsAfterValidityEndedRevivesNothing() {
        Lease lease = acquired();
        time.advanceTimeBy(ofSeconds(3));
        time.advanceTimeBy(ofMillis(6_900));
        backend.renewed(0, true);
        assertThat(lease.isValid()).isFalse();
        assertThat(loss(lease).reason()).isEqualTo(Reason.EXPIRED);
    }

    @Test // B2
    void aRenewalThatSucceedsBeforeAnybodyNoticedTheEndRevivesNothing() {
        PausableTime paused = new PausableTime(time);
        List<Lease> leases = new ArrayList<>();
        LockClient.create(backend, LockClientOptions.defaults().scheduler(paused))
                .acquire(REQUEST)
                .subscribe(leases::add);
        backend.granted(0, 7);
        time.advanceTimeBy(ofSeconds(3));
        paused.ahead(ofMillis(6_900)); // the process stood still from the send of the renewal to its reply
        backend.renewed(0, true);
        assertThat(leases.get(0).isValid()).isFalse();
        assertThat(loss(leases.get(0)).reason()).isEqualTo(Reason.EXPIRED);
    }

    @Test // B9
    void afterAPauseTheClockIsAskedFirst() {
        PausableTime paused = new PausableTime(time);
        List<Lease> leases = new ArrayList<>();
        LockClient.create(backend, LockClientOptions.defaults().scheduler(paused))
                .acquire(REQUEST)
                .subscribe(leases::add);
        backend.granted(0, 7);
        paused.ahead(ofMillis(9_900)); // and no timer has run yet
        assertThat(leases.get(0).isValid()).isFalse();
        time.advanceTimeBy(Duration.ZERO);
        assertThat(loss(leases.get(0)).reason()).isEqualTo(Reason.EXPIRED);
    }

    @Test // B4
    void repliesOutOfOrderDoNotMoveValidityBack() {
        Lease lease = acquired();
        time.advanceTimeBy(ofSeconds(3));
        long firstSent = 9_900 - lease.remaining().toMillis();
        time.advanceTimeBy(ofSeconds(3));
        assertThat(backend.renewals.size()).isGreaterThanOrEqualTo(2);
        backend.renewed(1, true);
        long validUntil = lease.remaining().toMillis();
        assertThat(validUntil).isGreaterThan(9_900 - firstSent);
        backend.renewed(0, true);
        assertThat(lease.remaining()).isEqualTo(ofMillis(validUntil));
    }

    @Test // B3, B7
    void aLeaseThatTheBackendDoesNotKnowIsLostAtOnce() {
        Lease lease = acquired();
        time.advanceTimeBy(ofSeconds(3));
        backend.renewed(0, false);
        assertThat(loss(lease).reason()).isEqualTo(Reason.TAKEN);
        subscribe(lease.release());
        assertThat(signals).containsExactly(false, "complete"); // C2
        assertThat(backend.log).doesNotContain("release");
    }

    @Test // B5
    void nothingIsRenewedAfterARelease() {
        Lease lease = acquired();
        lease.release().subscribe();
        time.advanceTimeBy(ofSeconds(60));
        assertThat(backend.log).doesNotContain("renew");
    }

    @Test // B5
    void anAnswerToARenewalAfterTheReleaseChangesNothing() {
        Lease lease = acquired();
        time.advanceTimeBy(ofSeconds(3));
        lease.release().subscribe();
        backend.releases.get(0).tryEmitValue(true);
        backend.renewed(0, true);
        time.advanceTimeBy(ofSeconds(60));
        assertThat(backend.renewals).hasSize(1);
        assertThat(lease.isValid()).isFalse();
    }

    @Test // B15
    void theLongestHoldEndsALeaseWhateverItsRenewals() {
        List<Lease> leases = new ArrayList<>();
        client.acquire(REQUEST.maxHold(ofSeconds(20))).subscribe(leases::add);
        backend.granted(0, 7);
        for (int i = 0; i < 19; i++) {
            time.advanceTimeBy(ofSeconds(1));
            for (int r = 0; r < backend.renewals.size(); r++) {
                backend.renewalReplies
                        .get(r)
                        .tryEmitNext(new io.reactivelock.spi.RenewalResult.Renewed(
                                leases.get(0).backendHolder(), REQUEST.leaseTime()));
            }
        }
        assertThat(leases.get(0).isValid()).isTrue();
        time.advanceTimeBy(ofSeconds(1));
        assertThat(loss(leases.get(0)).reason()).isEqualTo(Reason.MAX_HOLD);
        assertThat(backend.log).last().isEqualTo("release");
    }

    @Test
    void leasesThatAreDueTogetherAreRenewedTogether() {
        for (int i = 0; i < 100; i++) {
            acquired(request("lock-" + i));
            time.advanceTimeBy(ofMillis(1));
        }
        time.advanceTimeBy(ofSeconds(3));
        assertThat(backend.renewals).hasSizeLessThanOrEqualTo(2);
        assertThat(backend.renewals.stream().mapToInt(List::size).sum()).isEqualTo(100);
    }

    @Test // C3, C6
    void releasesShareOneRequestAndOneResult() {
        Lease lease = acquired();
        subscribe(lease.release());
        subscribe(lease.release());
        backend.releases.get(0).tryEmitValue(true);
        subscribe(lease.release());
        assertThat(signals).containsExactly(true, "complete", true, "complete", true, "complete");
        assertThat(backend.releases).hasSize(1);
        subscribe(lease.lost());
        assertThat(signals).last().isEqualTo("complete");
    }

    @Test
    void aCancelOfAReleaseEndsOnlyTheWait() {
        Lease lease = acquired();
        lease.release().subscribe().dispose();
        backend.releases.get(0).tryEmitValue(true);
        subscribe(lease.release());
        assertThat(signals).containsExactly(true, "complete");
    }

    @Test // C3
    void aReleaseIsRepeatedAfterATransientFailureAndUnknownAtItsDeadline() {
        Lease lease = acquired();
        subscribe(lease.release());
        backend.releases.get(0).tryEmitError(new LockBackendException("a", Kind.UNKNOWN, "cut", null));
        time.advanceTimeBy(ofMillis(20));
        assertThat(backend.releases).hasSize(2);
        time.advanceTimeBy(ofSeconds(2));
        assertThat(((LockBackendException) error()).isOutcomeUnknown()).isTrue();
    }

    @Test // B7, C4
    void aLossCancelsTheWorkBeforeTheLockIsGivenBack() {
        TestPublisher<String> work = TestPublisher.create();
        subscribe(client.withLock(REQUEST, lease -> work.mono().doOnCancel(() -> backend.log.add("work cancelled"))));
        backend.granted(0, 7);
        work.assertSubscribers(1);
        time.advanceTimeBy(ofMillis(9_900));
        work.assertCancelled();
        assertThat(error()).isInstanceOf(LeaseLostException.class);
        assertThat(backend.log).endsWith("work cancelled", "release");
    }

    @Test // C4
    void completionErrorAndCancelRelease() {
        subscribe(client.withLock(REQUEST, lease -> Mono.just("done")));
        backend.granted(0, 7);
        assertThat(signals).isEmpty();
        backend.releases.get(0).tryEmitValue(true);
        assertThat(signals).containsExactly("done", "complete");
        signals.clear();

        IllegalStateException failure = new IllegalStateException("work failed");
        subscribe(client.withLock(REQUEST, lease -> Mono.error(failure)));
        backend.granted(1, 8);
        backend.releases.get(1).tryEmitValue(true);
        assertThat(signals).containsExactly(failure);
        signals.clear();

        subscribe(client.withLock(REQUEST, lease -> {
            throw failure;
        }));
        backend.granted(2, 9);
        backend.releases.get(2).tryEmitValue(true);
        assertThat(signals).containsExactly(failure);
        signals.clear();

        Disposable running = subscribe(client.withLock(REQUEST, lease -> Mono.never()));
        backend.granted(3, 10);
        running.dispose();
        assertThat(backend.releases).hasSize(4);
        assertThat(signals).isEmpty();
    }

    @Test
    void workThatEndedInTimeYieldsItsValueWhateverBecomesOfTheRelease() {
        subscribe(client.withLock(REQUEST, lease -> Mono.just("done")));
        backend.granted(0, 7);
        backend.releases.get(0).tryEmitError(new LockBackendException("a", Kind.PERMANENT, "scripted", null));
        assertThat(signals).containsExactly("done", "complete");
    }

    @Test // B9
    void workThatEndsAfterValidityDidIsLostEvenIfNobodyNoticed() {
        Sinks.One<String> work = Sinks.one();
        PausableTime paused = new PausableTime(time);
        LockClient pausedClient =
                LockClient.create(backend, LockClientOptions.defaults().scheduler(paused));
        subscribe(pausedClient.withLock(REQUEST, lease -> work.asMono()));
        backend.granted(0, 7);
        paused.ahead(ofSeconds(11)); // the clock went on, no timer ran: the process stood still
        work.tryEmitValue("done").orThrow();
        assertThat(error()).isInstanceOf(LeaseLostException.class);
        assertThat(((LeaseLostException) error()).loss().noticedAfter()).isEqualTo(ofMillis(1_100));
    }

    @Test
    void workMayReleaseTheLeaseItselfAndGoOn() {
        Sinks.One<String> work = Sinks.one();
        subscribe(client.withLock(REQUEST, lease -> lease.release().then(work.asMono())));
        backend.granted(0, 7);
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals).isEmpty();
        work.tryEmitValue("done").orThrow();
        assertThat(signals).containsExactly("done", "complete");
        assertThat(backend.releases).hasSize(1);
    }

    @Test
    void manyValuesPassThroughUntilTheLeaseIsLost() {
        TestPublisher<String> work = TestPublisher.create();
        subscribe(client.withLockMany(REQUEST, lease -> work.flux()));
        backend.granted(0, 7);
        work.next("one", "two");
        assertThat(signals).containsExactly("one", "two");
        time.advanceTimeBy(ofMillis(9_900));
        assertThat(signals).hasSize(3).last().isInstanceOf(LeaseLostException.class);
        work.assertCancelled();
    }

    @Test
    void theLeaseStandsInTheContextAlsoWhereLocksAreNested() {
        subscribe(client.withLock(
                REQUEST,
                outer -> client.withLock(
                        LockRequest.of("b"),
                        inner -> Mono.deferContextual(context -> Mono.just(List.of(
                                Lease.current(context).orElseThrow() == inner,
                                Lease.current(context, "a").orElseThrow() == outer,
                                Lease.current(context, "c").isEmpty()))))));
        backend.granted(0, 7);
        backend.granted(1, 8);
        backend.releases.get(0).tryEmitValue(true);
        backend.releases.get(1).tryEmitValue(true);
        assertThat(signals).containsExactly(List.of(true, true, true), "complete");
    }

    @Test // G2
    void aValueThatAnOperatorDiscardsLaterIsReleasedByTheDiscardHook() {
        // zip keeps a value and drops it when another source fails, without a cancel: it tells only the hook
        List<Lease> leases = new ArrayList<>();
        Sinks.One<String> other = Sinks.one();
        subscribe(Mono.zip(client.acquire(REQUEST).doOnNext(leases::add), other.asMono())
                .doOnDiscard(Lease.class, lease -> lease.release().subscribe()));
        backend.granted(0, 7);
        other.tryEmitError(new IllegalStateException("other")).orThrow();
        assertThat(leases.get(0).isValid()).isFalse();
        assertThat(backend.log).last().isEqualTo("release");
    }

    @Test // C7
    void disposeEndsWaitersLosesLeasesAndReleasesThem() {
        Lease lease = acquired();
        subscribe(client.acquire(OTHER));
        backend.busy(1, ofSeconds(5));
        List<Object> done = new ArrayList<>();
        client.close().subscribe(x -> {}, done::add, () -> done.add("disposed"));
        assertThat(error()).isInstanceOf(LockClientDisposedException.class);
        assertThat(loss(lease).reason()).isEqualTo(Reason.DISPOSED);
        assertThat(done).isEmpty();
        backend.releases.get(0).tryEmitValue(true);
        assertThat(done).containsExactly("disposed");
        assertThat(backend.log).last().isEqualTo("dispose");
        signals.clear();
        subscribe(client.acquire(REQUEST));
        assertThat(error()).isInstanceOf(LockClientDisposedException.class);
        assertThat(backend.attempts).hasSize(2);
    }

    @Test // C7
    void disposeIsBounded() {
        acquired();
        client.acquire(OTHER).onErrorComplete().subscribe(); // never answered
        List<Object> done = new ArrayList<>();
        client.close().subscribe(x -> {}, done::add, () -> done.add("disposed"));
        time.advanceTimeBy(ofMillis(4_999));
        assertThat(done).isEmpty();
        time.advanceTimeBy(ofMillis(1));
        assertThat(done).containsExactly("disposed");
    }

    @Test // F1
    void aTurnIsAnsweredWithAnAttemptAlsoIfItOvertookTheReply() {
        ScriptedBackend.Queue queue = new ScriptedBackend.Queue();
        LockClient waiting = client(queue);
        subscribe(waiting.acquire(REQUEST));
        queue.busy(0, ofSeconds(5));
        assertThat(queue.log).containsExactly("enqueue", "signals");
        Holder holder = queue.commands.get(0).holder();
        queue.signals.tryEmitNext(new WaitSignal.Turn(holder)).orThrow();
        assertThat(queue.attempts).hasSize(2);
        queue.signals.tryEmitNext(new WaitSignal.Turn(holder)).orThrow();
        assertThat(queue.attempts).hasSize(2);
        queue.busy(1, ofSeconds(5));
        assertThat(queue.attempts).hasSize(3);
        queue.busy(2, ofSeconds(5));
        assertThat(queue.attempts).hasSize(3); // both turns are answered
        queue.signals.tryEmitNext(new WaitSignal.Turn(holder)).orThrow();
        queue.granted(3, 7);
        assertThat(signals).hasSize(2);
        assertThat(queue.log).doesNotContain("leave");
    }

    @Test // F1, F6
    void everyWaiterTriesAgainByItselfAndWhenSignalsMayHaveBeenMissed() {
        ScriptedBackend.Queue queue = new ScriptedBackend.Queue();
        LockClient waiting = client(queue);
        waiting.acquire(REQUEST).subscribe();
        waiting.acquire(OTHER).subscribe();
        queue.busy(0, ofSeconds(5));
        queue.busy(1, ofSeconds(5));
        assertThat(queue.log.stream().filter("signals"::equals)).hasSize(1);
        queue.signals.tryEmitNext(new WaitSignal.Recheck()).orThrow();
        assertThat(queue.attempts).hasSize(4);
        queue.busy(2, ofSeconds(5));
        queue.busy(3, ofSeconds(5));
        time.advanceTimeBy(ofSeconds(1));
        assertThat(queue.attempts).hasSize(6);
    }

    @Test // F5
    void aWaiterThatCancelsOrTimesOutLeavesTheQueue() {
        ScriptedBackend.Queue queue = new ScriptedBackend.Queue();
        LockClient waiting = client(queue);
        Disposable cancelled = waiting.acquire(REQUEST).subscribe();
        queue.busy(0, ofSeconds(5));
        cancelled.dispose();
        assertThat(queue.log).containsExactly("enqueue", "signals", "leave");
        subscribe(waiting.acquire(REQUEST.waitTime(ofMillis(100))));
        queue.busy(1, ofSeconds(5));
        time.advanceTimeBy(ofMillis(100));
        assertThat(error()).isInstanceOf(LockTimeoutException.class);
        assertThat(queue.log).endsWith("enqueue", "leave");
    }

    @Test // F7
    void theNumberOfWaitersIsBounded() {
        LockClient bounded = LockClient.create(
                backend, LockClientOptions.defaults().scheduler(time).maxWaiters(1));
        Disposable first = bounded.acquire(REQUEST).onErrorComplete().subscribe();
        backend.busy(0, ofSeconds(5));
        subscribe(bounded.acquire(OTHER));
        backend.busy(1, ofSeconds(5));
        assertThat(error()).hasMessageContaining("1 acquires wait already");
        signals.clear();
        subscribe(bounded.acquire(REQUEST)); // behind the first, without an attempt
        assertThat(error()).hasMessageContaining("1 acquires wait already");
        first.dispose();
        signals.clear();
        subscribe(bounded.acquire(REQUEST));
        backend.busy(2, ofSeconds(5));
        assertThat(signals).isEmpty();
    }

    @Test // B10, B11
    void aWallClockThatRanAheadLosesTheLeaseAndOneThatWentBackDoesNot() {
        PausableTime clocks = new PausableTime(time);
        LockClient watched =
                LockClient.create(backend, LockClientOptions.defaults().scheduler(clocks));
        List<Lease> leases = new ArrayList<>();
        watched.acquire(REQUEST).subscribe(leases::add);
        backend.granted(0, 7);
        clocks.stepWall(Duration.ofHours(-1));
        assertThat(leases.get(0).isValid()).isTrue();
        assertThat(leases.get(0).remaining()).isEqualTo(ofMillis(9_900));
        clocks.stepWall(Duration.ofHours(1).plusMillis(100));
        assertThat(leases.get(0).isValid()).isTrue();
        clocks.stepWall(ofMillis(1));
        assertThat(leases.get(0).isValid()).isFalse();
        assertThat(loss(leases.get(0)).reason()).isEqualTo(Reason.SUSPENDED);
    }

    @Test // B10
    void withoutSuspendDetectionTheWallClockIsNotAsked() {
        PausableTime clocks = new PausableTime(time);
        LockClient client = LockClient.create(
                backend, LockClientOptions.defaults().scheduler(clocks).withoutSuspendDetection());
        List<Lease> leases = new ArrayList<>();
        client.acquire(REQUEST).subscribe(leases::add);
        backend.granted(0, 7);
        clocks.stepWall(Duration.ofHours(1));
        assertThat(leases.get(0).isValid()).isTrue();
    }
}
