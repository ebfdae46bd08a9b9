package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

public abstract class WithLockContract extends GuardContract {
    private final String name = resource;
    private final LockRequest request = LockRequest.of(name);
    private final ForgetfulBackend backend = new ForgetfulBackend(true);
    private final LockClient locks = LockClient.create(backend);

    protected WithLockContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @AfterEach
    void close() {
        locks.close().block(PATIENCE);
    }

    @Test
    void acquiresAdvancesAndReleases() { // E2
        backend.counter.set(41);

        Long highest = guard.withLock(
                        locks,
                        request,
                        token -> Mono.fromSupplier(() -> database.highest(name))
                                .subscribeOn(Schedulers.boundedElastic())
                                .delayUntil(committed -> guard.write(name, token, connection -> Mono.empty())))
                .block(PATIENCE);

        assertThat(highest).isEqualTo(42);
        assertThat(backend.held).isEmpty();
    }

    @Test
    void countersThatWereLostAreLeftBehind() { // D4
        guard.advance(name, Database.token(1_000)).block(PATIENCE);

        Long value = guard.withLock(locks, request, token -> Mono.just(token.value()))
                .block(PATIENCE);

        assertThat(value).isEqualTo(1_001);
        assertThat(backend.grants).hasValue(2);
        assertThat(backend.held).isEmpty();
        assertThat(database.highest(name)).isEqualTo(1_001);
    }

    @Test
    void theSameTokenForTwoHoldersPassesOnce() { // D3, E3
        FencingToken earlier = Objects.requireNonNull(
                guard.withLock(locks, request, token -> Mono.just(token)).block(PATIENCE));
        backend.counter.set(earlier.value() - 1);

        FencingToken later = Objects.requireNonNull(
                guard.withLock(locks, request, token -> Mono.just(token)).block(PATIENCE));

        assertThat(later.value()).isEqualTo(earlier.value() + 1);
        StepVerifier.create(guard.write(name, earlier, connection -> Mono.empty()))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
    }

    @Test
    void noUpdateIsLostWhileTheCounterIsSetBackAgainAndAgain() { // D3
        database.execute("INSERT INTO balance VALUES ('" + name + "', 0, 0)");
        AtomicInteger round = new AtomicInteger();

        LockClient eager = LockClient.create(
                backend, LockClientOptions.defaults().backOff(Duration.ofMillis(1), Duration.ofMillis(5)));

        Flux.range(0, 60)
                .flatMap(
                        i -> guard.withLock(eager, request.waitTime(PATIENCE), token -> {
                            if (round.incrementAndGet() % 7 == 0) {
                                backend.counter.set(0);
                            }
                            return guard.write(name, token, this::addOne);
                        }),
                        4)
                .then()
                .block(PATIENCE);
        eager.close().block(PATIENCE);

        assertThat(database.number("SELECT amount FROM balance WHERE resource = '" + name + "'"))
                .isEqualTo(60);
    }

    @Test
    void givesUpAfterSoManyGrants() { // D4
        guard.advance(name, Database.token(1_000)).block(PATIENCE);
        ForgetfulBackend stubborn = new ForgetfulBackend(false);
        LockClient client = LockClient.create(stubborn);

        StepVerifier.create(guard.withLock(client, request, token -> Mono.just("never")))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).highest()).isEqualTo(1_000))
                .verify(PATIENCE);
        assertThat(stubborn.grants).hasValue(FencingGuardOptions.defaults().grants());
        assertThat(stubborn.held).isEmpty();
        client.close().block(PATIENCE);
    }

    @Test
    void staleInTheWorkIsTheEnd() { // E1
        StepVerifier.create(guard.withLock(
                        locks,
                        request,
                        token -> guard.advance(name, Database.token(1_000))
                                .then(guard.write(name, token, connection -> Mono.empty()))))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).highest()).isEqualTo(1_000))
                .verify(PATIENCE);
        assertThat(backend.grants).hasValue(1);
        assertThat(backend.held).isEmpty();
    }

    @Test
    void anAdvanceThatFailsReleasesTheLock() { // E13
        FencingToken before = Database.token(1);
        guard.advance(name, before).block(PATIENCE);
        backend.counter.set(1);
        GuardSession hanging = begin("READ COMMITTED");
        guard.check(hanging, name, before).block(PATIENCE);
        GuardSubject hasty = guard.with(FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(50)));

        StepVerifier.create(hasty.withLock(locks, request, token -> Mono.just("never")))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        assertThat(backend.held).isEmpty();
    }

    @Test
    void emptyWorkIsEmpty() {
        StepVerifier.create(guard.withLock(locks, request, token -> Mono.empty()))
                .expectComplete()
                .verify(PATIENCE);
    }

    /** Reads and writes in two steps, as applications do. */
    private Mono<Void> addOne(GuardSession connection) {
        return connection
                .number("SELECT amount FROM balance WHERE resource = '" + name + "'")
                .flatMap(amount -> connection.run(
                        "UPDATE balance SET amount = " + (amount + 1) + " WHERE resource = '" + name + "'"));
    }
}
