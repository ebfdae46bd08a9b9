package io.reactivelock.testkit;

import static io.reactivelock.testkit.LockOperation.ENQUEUE;
import static io.reactivelock.testkit.LockOperation.LEAVE;
import static io.reactivelock.testkit.LockOperation.RELEASE;
import static io.reactivelock.testkit.LockOperation.RENEW;
import static io.reactivelock.testkit.LockOperation.TRY_ACQUIRE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class FaultyLockBackendTest {
    private static final String NAME = "lock";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
    private final InMemoryLockBackend server = InMemoryLockBackend.create(scheduler);
    private final FaultyLockBackend network = FaultyLockBackend.around(server, scheduler);
    private final WaitQueue queue = network.waitQueue().orElseThrow();
    private final Holder holder = new Holder(1, 2);
    private final AcquireCommand command = new AcquireCommand(NAME, holder, SECOND.multipliedBy(10), 0, 1);

    @Test
    void passesOnWhatNothingIsScriptedFor() {
        network.next(TRY_ACQUIRE);
        network.next(TRY_ACQUIRE, LockFault.refuse(Kind.TRANSIENT));
        expectGrant();
        StepVerifier.create(network.tryAcquire(command)).verifyError(LockBackendException.class);
        expectGrant();
        StepVerifier.create(network.renew(List.of(new Renewal(NAME, holder, SECOND))))
                .expectNext(new RenewalResult.Renewed(holder, SECOND))
                .verifyComplete();
        StepVerifier.create(network.release(NAME, holder)).expectNext(true).verifyComplete();
        StepVerifier.create(queue.leave(NAME, holder)).verifyComplete();
        assertThat(network.calls(TRY_ACQUIRE)).isEqualTo(3);
        assertThat(server.calls(TRY_ACQUIRE)).isEqualTo(2);
        assertThat(List.of(RENEW, RELEASE, LEAVE)).allMatch(operation -> server.calls(operation) == 1);
    }

    @Test
    void losesTheReplyButNotTheEffect() {
        network.next(ENQUEUE, LockFault.loseReply());
        StepVerifier.create(queue.enqueue(command, SECOND))
                .expectSubscription()
                .then(() -> assertThat(server.heldBy(NAME)).contains(holder))
                .then(() -> scheduler.advanceTimeBy(Duration.ofSeconds(9)))
                .thenCancel()
                .verify();
        assertThat(server.heldBy(NAME)).contains(holder);
    }

    @Test
    void breaksOffAfterTheEffect() {
        network.always(TRY_ACQUIRE, LockFault.breakOff());
        expectError(Kind.UNKNOWN);
        assertThat(server.heldBy(NAME)).contains(holder);
        expectError(Kind.UNKNOWN);
        network.heal();
        expectGrant();
    }

    @ParameterizedTest
    @EnumSource
    void refusesBeforeTheEffect(Kind kind) {
        network.next(TRY_ACQUIRE, LockFault.refuse(kind));
        expectError(kind);
        assertThat(server.heldBy(NAME)).isEmpty();
        assertThat(server.calls(TRY_ACQUIRE)).isZero();
    }

    @Test
    void delaysTheRequestThatNoCancelStops() {
        network.next(TRY_ACQUIRE, LockFault.delayRequest(SECOND));
        Disposable cancelled = network.tryAcquire(command).subscribe();
        cancelled.dispose();
        scheduler.advanceTimeBy(SECOND.minusNanos(1));
        assertThat(server.heldBy(NAME)).isEmpty();
        scheduler.advanceTimeBy(Duration.ofNanos(1));
        assertThat(server.heldBy(NAME)).contains(holder);
    }

    @Test
    void delaysTheReplyAndErrors() {
        network.next(TRY_ACQUIRE, LockFault.delayReply(SECOND));
        network.next(TRY_ACQUIRE, LockFault.breakOff(), LockFault.delayReply(SECOND));
        StepVerifier.create(network.tryAcquire(command))
                .expectSubscription()
                .then(() -> assertThat(server.heldBy(NAME)).contains(holder))
                .then(() -> scheduler.advanceTimeBy(SECOND))
                .expectNextMatches(AttemptResult.Granted.class::isInstance)
                .verifyComplete();
        StepVerifier.create(network.tryAcquire(command))
                .expectSubscription()
                .then(() -> scheduler.advanceTimeBy(SECOND.minusNanos(1)))
                .expectNoEvent(Duration.ZERO)
                .then(() -> scheduler.advanceTimeBy(SECOND))
                .verifyError(LockBackendException.class);
    }

    @Test
    void sendsTwice() {
        network.next(TRY_ACQUIRE, LockFault.duplicate());
        expectGrant();
        assertThat(network.calls(TRY_ACQUIRE)).isEqualTo(1);
        assertThat(server.calls(TRY_ACQUIRE)).isEqualTo(2);
    }

    @Test
    void sendsACopyLater() {
        network.next(RELEASE, LockFault.repeatLater(SECOND));
        expectGrant();
        StepVerifier.create(network.release(NAME, holder)).expectNext(true).verifyComplete();
        assertThat(server.calls(RELEASE)).isEqualTo(1);
        scheduler.advanceTimeBy(SECOND);
        assertThat(server.calls(RELEASE)).isEqualTo(2);
    }

    @Test
    void losesAndBreaksSignals() {
        StepVerifier.create(queue.signals())
                .expectNext(new WaitSignal.Recheck())
                .then(network::loseSignals)
                .then(this::callAWaiter)
                .then(network::heal)
                .then(network::breakSignals)
                .verifyError(LockBackendException.class);
        assertThat(server.listeners()).isZero();
    }

    @Test
    void keepsThePowersOfTheBackend() {
        LockBackend queueless = FaultyLockBackend.around(server.withoutQueue(), scheduler);
        assertThat(queueless.waitQueue()).isEmpty();
        assertThat(queueless.consistency()).isEqualTo(server.consistency());
    }

    @Test
    void tellsWhenACallWasSent() {
        StepVerifier.create(network.whenCalled(TRY_ACQUIRE, 2))
                .expectSubscription()
                .then(this::expectGrant)
                .expectNoEvent(Duration.ZERO)
                .then(this::expectGrant)
                .verifyComplete();
        StepVerifier.create(server.whenCalled(TRY_ACQUIRE, 2)).verifyComplete();
    }

    private void callAWaiter() {
        expectGrant();
        server.enqueue(new AcquireCommand(NAME, new Holder(3, 4), SECOND, 0, 1), SECOND)
                .block();
        server.release(NAME, holder).block();
    }

    private void expectGrant() {
        StepVerifier.create(network.tryAcquire(command))
                .expectNextMatches(AttemptResult.Granted.class::isInstance)
                .verifyComplete();
    }

    private void expectError(Kind kind) {
        StepVerifier.create(network.tryAcquire(command))
                .verifyErrorMatches(e -> e instanceof LockBackendException failure && failure.kind() == kind);
    }
}
