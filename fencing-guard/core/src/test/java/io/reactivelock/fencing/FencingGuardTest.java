package io.reactivelock.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What every guard has, over a storage that is one number. */
class FencingGuardTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final LockRequest request = LockRequest.of("account:7");
    private final LockClient locks = LockClient.create(InMemoryLockBackend.create());
    private final OneNumber guard = new OneNumber();

    /** Accepts what is higher. Counts what it was asked. */
    private static final class OneNumber implements FencingGuard {
        final AtomicInteger advances = new AtomicInteger();
        volatile long highest;

        @Override
        public Mono<Void> advance(String resource, FencingToken token) {
            return Mono.defer(() -> {
                advances.incrementAndGet();
                if (token.value() < highest) {
                    return Mono.error(new StaleTokenException(resource, token.value(), highest, null));
                }
                highest = token.value();
                return Mono.empty();
            });
        }

        @Override
        public FencingGuardOptions options() {
            return FencingGuardOptions.defaults().grants(2);
        }
    }

    @AfterEach
    void close() {
        locks.close().block(PATIENCE);
    }

    @Test
    void advancesBeforeTheWork() { // E2
        assertThat(guard.withLock(
                                locks,
                                request,
                                lease -> Mono.just(guard.highest - lease.token().value()))
                        .block(PATIENCE))
                .isZero();
    }

    @Test
    void manyValuesComeAsTheWorkEmitsThem() { // E2
        StepVerifier.create(guard.withLockMany(locks, request, lease -> Flux.just("a", "b", "c")), 1)
                .expectNext("a")
                .thenRequest(2)
                .expectNext("b", "c")
                .expectComplete()
                .verify(PATIENCE);
        assertThat(guard.highest).isPositive();
    }

    @Test
    void manyValuesComeAfterACounterThatWasLost() { // D4
        guard.highest = Long.MAX_VALUE / 2;

        StepVerifier.create(guard.withLockMany(
                        locks,
                        request,
                        lease -> Flux.just(1, 2).map(i -> lease.token().value() - guard.highest + i)))
                .expectNext(1L, 2L)
                .expectComplete()
                .verify(PATIENCE);
        assertThat(guard.advances).hasValue(2);
        assertThat(guard.highest).isEqualTo(Long.MAX_VALUE / 2 + 1);
    }

    @Test
    void aRefusalInTheWorkIsTheEnd() { // E1
        AtomicInteger works = new AtomicInteger();

        StepVerifier.create(guard.withLockMany(locks, request, lease -> {
                    works.incrementAndGet();
                    guard.highest = Long.MAX_VALUE / 2;
                    return Flux.concat(Mono.just("first"), guard.advance().thenReturn("never"));
                }))
                .expectNext("first")
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
        assertThat(works).hasValue(1);
    }

    @Test
    void theInnermostLeaseIsTaken() {
        StepVerifier.create(guard.advance())
                .expectErrorMessage(
                        "no lease in the Reactor Context: call this inside withLock, or pass resource and token")
                .verify(PATIENCE);

        locks.withLock(
                        request,
                        outer -> locks.withLock(
                                LockRequest.of("inner"),
                                inner -> guard.advance()
                                        .then(FencingGuard.currentLease())
                                        .doOnNext(lease ->
                                                assertThat(lease.name()).isEqualTo("inner"))))
                .block(PATIENCE);
        assertThat(guard.advances).hasValue(1);
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void badArgumentsThrowAtCallTime() {
        assertThatThrownBy(() -> guard.withLock(locks, null, lease -> Mono.empty()))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("request");
        assertThatThrownBy(() -> guard.withLockMany(locks, request, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("work");
    }
}
