package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** How a client acquires. */
interface AcquireContract extends LockSubjectSource {
    @Test
    @DisplayName("An attempt gives a valid lease with a token, or nothing where somebody holds the lock")
    default void tries() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.await(scene.client.tryAcquire(scene.request()));
            assertThat(lease.name()).isEqualTo(scene.name);
            assertThat(lease.token().value()).isPositive();
            assertThat(lease.isValid()).isTrue();
            assertThat(lease.remaining())
                    .isPositive()
                    .isLessThan(scene.request().leaseTime());
            assertThat(scene.isFree()).isFalse();
            assertThat(scene.await(scene.client.tryAcquire(scene.request()).hasElement()))
                    .isFalse();
        }
    }

    @Test
    @DisplayName("An acquire waits until the lock is released, and gets a higher token")
    default void waitsForTheRelease() {
        try (Scene scene = new Scene(this)) {
            Lease first = scene.acquired();
            Scene.Waiter waiter = scene.waiter();
            scene.await(first.release());
            Lease second = scene.await(waiter.lease);
            assertThat(second.token().value()).isGreaterThan(first.token().value());
            assertThat(second.isValid()).isTrue();
        }
    }

    @Test
    @DisplayName("F7: an acquire gives up at its deadline, says why, and leaves nothing")
    default void givesUpAtTheDeadline() {
        try (Scene scene = new Scene(this)) {
            Lease held = scene.acquired();
            Duration waitTime = Duration.ofMillis(200);
            Mono<Lease> acquire = scene.client.acquire(scene.request().waitTime(waitTime));
            Duration waited = scene.elapsed(() -> assertThatThrownBy(() -> scene.await(acquire))
                    .isInstanceOfSatisfying(LockTimeoutException.class, e -> {
                        assertThat(e.lockName()).isEqualTo(scene.name);
                        assertThat(e.waitTime()).isEqualTo(waitTime);
                        assertThat(e.heldFor().orElseThrow())
                                .isLessThanOrEqualTo(scene.request().leaseTime());
                    }));
            assertThat(waited).isGreaterThanOrEqualTo(waitTime);
            scene.await(held.release());
            scene.awaitFree();
        }
    }

    @Test
    @DisplayName("G3: every subscription is an attempt of its own, with a new holder and a higher token")
    default void acquiresAnewOnEverySubscription() {
        try (Scene scene = new Scene(this)) {
            Mono<Lease> acquire = scene.client.acquire(scene.request());
            Mono<Lease> attempt = scene.client.tryAcquire(scene.request());
            Lease first = scene.await(acquire);
            assertThat(scene.await(attempt.hasElement())).isFalse();
            scene.await(first.release());
            Lease second = scene.await(acquire);
            assertThat(second.token().value()).isGreaterThan(first.token().value());
            assertThat(second.token().holder()).isNotEqualTo(first.token().holder());
            scene.await(second.release());
            assertThat(scene.await(attempt).token().value())
                    .isGreaterThan(second.token().value());
        }
    }

    @Test
    @DisplayName("D4: a token is above the number that the request names")
    default void asksForAHigherToken() {
        try (Scene scene = new Scene(this)) {
            long above = 1L << 62;
            assertThat(scene.await(scene.client.acquire(scene.request().tokenAbove(above)))
                            .token()
                            .value())
                    .isGreaterThan(above);
        }
    }

    @Test
    @DisplayName("A1: where the reply to a grant is lost, the lock is given back, or got by asking again")
    default void survivesALostReply() {
        try (Scene scene = new Scene(this)) {
            scene.network.next(LockOperation.TRY_ACQUIRE, LockFault.loseReply());
            LockRequest impatient = scene.shortRequest().waitTime(Duration.ofMillis(200));
            assertThatThrownBy(() -> scene.await(scene.client.tryAcquire(impatient)))
                    .isInstanceOfSatisfying(
                            LockBackendException.class,
                            e -> assertThat(e.isOutcomeUnknown()).isTrue());
        }
        try (Scene scene = new Scene(this)) {
            scene.network.next(scene.acquireOperation(), LockFault.loseReply());
            assertThat(scene.await(scene.client.acquire(scene.shortRequest()).map(Lease::isValid)))
                    .isTrue();
        }
    }

    @Test
    @DisplayName("A1: a grant whose reply is lost as the connection breaks is given back")
    default void givesBackAfterABreak() {
        try (Scene scene = new Scene(this)) {
            scene.network.next(LockOperation.TRY_ACQUIRE, LockFault.breakOff());
            assertThatThrownBy(() -> scene.await(scene.client.tryAcquire(scene.request())))
                    .isInstanceOf(LockBackendException.class);
            scene.awaitFree();
        }
    }

    @Test
    @DisplayName("A2: a request that reaches the server twice is one grant with one token")
    default void takesOneGrantFromTwoCopies() {
        try (Scene scene = new Scene(this)) {
            scene.network.next(scene.acquireOperation(), LockFault.duplicate());
            Lease lease = scene.acquired();
            assertThat(scene.tokenOf(lease.token().holder()))
                    .isEqualTo(lease.token().value());
            assertThat(scene.await(lease.release())).isTrue();
            assertThat(scene.isFree()).isTrue();
        }
    }

    @Test
    @DisplayName("A5: a grant that is read after its lease time is refused")
    default void refusesALateGrant() {
        try (Scene scene = new Scene(this)) {
            Duration late = leaseTime().plus(leaseTime().dividedBy(2));
            scene.network.next(LockOperation.TRY_ACQUIRE, LockFault.delayReply(late));
            assertThatThrownBy(() -> scene.await(scene.client.tryAcquire(scene.shortRequest())))
                    .isInstanceOf(LockBackendException.class);
            scene.network.next(scene.acquireOperation(), LockFault.delayReply(late));
            Duration remaining =
                    scene.await(scene.client.acquire(scene.shortRequest()).map(Lease::remaining));
            assertThat(remaining).isPositive().isLessThan(leaseTime());
        }
    }

    @Test
    @DisplayName("A7: an acquire asks again after a transient failure, and ends in a permanent one")
    default void triesAgainWhereThatHelps() {
        try (Scene scene = new Scene(this)) {
            scene.network.next(scene.acquireOperation(), LockFault.refuse(Kind.TRANSIENT));
            scene.network.next(scene.acquireOperation(), LockFault.breakOff());
            scene.await(scene.acquired().release());
            assertThat(scene.network.calls(scene.acquireOperation())).isEqualTo(3);

            scene.network.next(scene.acquireOperation(), LockFault.refuse(Kind.PERMANENT));
            assertThatThrownBy(scene::acquired)
                    .isInstanceOfSatisfying(
                            LockBackendException.class,
                            e -> assertThat(e.kind()).isEqualTo(Kind.PERMANENT));
            assertThat(scene.network.calls(scene.acquireOperation())).isEqualTo(4);
            assertThat(scene.isFree()).isTrue();
        }
    }

    @Test
    @DisplayName("A10: bad arguments throw at call time")
    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    default void refusesBadArguments() {
        try (Scene scene = new Scene(this)) {
            assertThatThrownBy(() -> scene.client.acquire(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> scene.client.tryAcquire(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> scene.client.withLock(null, lease -> Mono.just(1)))
                    .isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> scene.client.withLock(scene.request(), null))
                    .isInstanceOf(NullPointerException.class);
        }
        for (String name : new String[] {"", "a\nb", "x".repeat(513), "é".repeat(257), "\uD83D"}) {
            assertThatThrownBy(() -> LockRequest.of(name)).isInstanceOf(IllegalArgumentException.class);
        }
        LockRequest request = LockRequest.of("x".repeat(512));
        for (Duration leaseTime : new Duration[] {
            Duration.ZERO,
            Duration.ofMillis(-1),
            Duration.ofMillis(9),
            Duration.ofDays(366),
            Duration.ofSeconds(Long.MAX_VALUE)
        }) {
            assertThatThrownBy(() -> request.leaseTime(leaseTime)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
