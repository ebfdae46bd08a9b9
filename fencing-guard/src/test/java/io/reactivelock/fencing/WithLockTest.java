package io.reactivelock.fencing;

import static io.reactivelock.fencing.AdvanceTest.assertKind;
import static io.reactivelock.fencing.Database.PATIENCE;
import static io.reactivelock.fencing.Database.resource;
import static io.reactivelock.fencing.Database.run;
import static io.reactivelock.fencing.Database.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.testkit.PostgresExtension;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class WithLockTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static Database database;
    private static ConnectionPool pool;
    private static FencingGuard guard;

    private final String name = resource();
    private final LockRequest request = LockRequest.of(name);
    private final ForgetfulBackend backend = new ForgetfulBackend(true);
    private final LockClient locks = LockClient.create(backend);

    @BeforeAll
    static void setUp() {
        database = Database.create(POSTGRES.server());
        pool = database.pool(8);
        guard = FencingGuard.create(pool);
    }

    @AfterAll
    static void tearDown() {
        pool.disposeLater().block(PATIENCE);
    }

    @AfterEach
    void close() {
        locks.disposeLater().block(PATIENCE);
    }

    @Test
    void acquiresAdvancesWorksAndReleases() { // E2
        backend.counter.set(41);

        List<Long> tokens = guard.withLock(
                        locks,
                        request,
                        lease -> committed()
                                .flatMap(highest -> guard.write(connection -> insert(connection, "write"))
                                        .then(guard.update(
                                                "INSERT INTO log (resource, op) VALUES ($1, 'update')",
                                                it -> it.bind("$1", name)))
                                        .then(checked())
                                        .then(guard.advance())
                                        .thenReturn(
                                                List.of(highest, lease.token().value()))))
                .block(PATIENCE);

        assertThat(tokens).containsExactly(42L, 42L);
        assertThat(database.number("SELECT count(*) FROM log WHERE resource = '" + name + "'"))
                .isEqualTo(3);
        assertThat(backend.held).isEmpty();
    }

    @Test
    void advancesWithTheLeaseOfTheContext() { // E2
        backend.counter.set(41);

        locks.withLock(request, lease -> guard.advance()).block(PATIENCE);

        assertThat(database.highest(name)).isEqualTo(42);
    }

    @Test
    void countersThatWereLostAreLeftBehind() { // D4
        guard.advance(name, token(1_000)).block(PATIENCE);

        Long token = guard.withLock(
                        locks, request, lease -> Mono.just(lease.token().value()))
                .block(PATIENCE);

        assertThat(token).isEqualTo(1_001);
        assertThat(backend.grants).hasValue(2);
        assertThat(backend.held).isEmpty();
        assertThat(database.highest(name)).isEqualTo(1_001);
    }

    @Test
    void theSameTokenForTwoHoldersPassesOnce() { // D3, E3
        FencingToken first = Objects.requireNonNull(guard.withLock(locks, request, lease -> Mono.just(lease.token()))
                .block(PATIENCE));
        backend.counter.set(first.value() - 1);

        FencingToken second = Objects.requireNonNull(guard.withLock(locks, request, lease -> Mono.just(lease.token()))
                .block(PATIENCE));

        assertThat(second.value()).isEqualTo(first.value() + 1);
        StepVerifier.create(guard.write(name, first, connection -> insert(connection, "late")))
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
                        i -> guard.withLock(eager, request.waitTime(PATIENCE), lease -> {
                            if (round.incrementAndGet() % 7 == 0) {
                                backend.counter.set(0);
                            }
                            return guard.write(this::addOne);
                        }),
                        4)
                .then()
                .block(PATIENCE);
        eager.disposeLater().block(PATIENCE);

        assertThat(database.number("SELECT amount FROM balance WHERE resource = '" + name + "'"))
                .isEqualTo(60);
    }

    @Test
    void givesUpAfterSoManyGrants() { // D4
        guard.advance(name, token(1_000)).block(PATIENCE);
        ForgetfulBackend stubborn = new ForgetfulBackend(false);
        LockClient client = LockClient.create(stubborn);

        StepVerifier.create(guard.withLock(client, request, lease -> Mono.just("never")))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).highest()).isEqualTo(1_000))
                .verify(PATIENCE);
        assertThat(stubborn.grants).hasValue(FencingGuardOptions.defaults().grants());
        assertThat(stubborn.held).isEmpty();
        client.disposeLater().block(PATIENCE);
    }

    @Test
    void staleInTheWorkIsTheEnd() { // E1
        StepVerifier.create(guard.withLock(
                        locks,
                        request,
                        lease -> guard.advance(name, token(1_000)).then(guard.write(connection -> Mono.empty()))))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).highest()).isEqualTo(1_000))
                .verify(PATIENCE);
        assertThat(backend.grants).hasValue(1);
        assertThat(backend.held).isEmpty();
    }

    @Test
    void anAdvanceThatFailsReleasesTheLock() { // E13
        FencingToken before = token(1);
        guard.advance(name, before).block(PATIENCE);
        backend.counter.set(1);
        Connection hanging = database.begin("READ COMMITTED");
        guard.check(hanging, name, before).block(PATIENCE);
        FencingGuard hasty = FencingGuard.create(
                database.factory(), FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(50)));

        StepVerifier.create(hasty.withLock(locks, request, lease -> Mono.just("never")))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        assertThat(backend.held).isEmpty();
        Database.close(hanging);
    }

    @Test
    void emptyWorkIsEmpty() {
        StepVerifier.create(guard.withLock(locks, request, lease -> Mono.empty()))
                .expectComplete()
                .verify(PATIENCE);
    }

    private Mono<Long> committed() {
        return Mono.fromSupplier(() -> database.highest(name)).subscribeOn(Schedulers.boundedElastic());
    }

    /** The caller's own transaction, with the lease of the Context. */
    private Mono<Void> checked() {
        return Mono.usingWhen(
                pool.create(),
                connection -> Mono.from(connection.beginTransaction())
                        .then(guard.check(connection))
                        .then(insert(connection, "check"))
                        .then(Mono.from(connection.commitTransaction())),
                Connection::close);
    }

    private Mono<Void> insert(Connection connection, String op) {
        return run(connection, "INSERT INTO log (resource, op) VALUES ('" + name + "', '" + op + "')");
    }

    /** Reads and writes in two steps, as applications do. */
    private Mono<Void> addOne(Connection connection) {
        return Database.query(connection, "SELECT amount FROM balance WHERE resource = '" + name + "'")
                .single()
                .flatMap(amount -> run(
                        connection,
                        "UPDATE balance SET amount = " + (amount + 1) + " WHERE resource = '" + name + "'"));
    }
}
