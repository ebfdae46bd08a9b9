package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.Database.resource;
import static io.reactivelock.fencing.r2dbc.Database.run;
import static io.reactivelock.fencing.r2dbc.Database.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.testservers.PostgresExtension;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** No connection is lost, whatever is cancelled when. */
class ConnectionsTest {
    private static final int CANCELS = 20_000;

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static Database database;

    private final String resource = resource();
    private final FencingToken token = token(33);
    private ConnectionPool pool;
    private R2dbcFencingGuard guard;

    @BeforeAll
    static void setUp() {
        database = Database.create(POSTGRES.server());
    }

    @BeforeEach
    void open() {
        pool = database.pool(4);
        guard = R2dbcFencingGuard.create(pool);
        guard.advance(resource, token).block(PATIENCE);
    }

    @AfterEach
    void close() {
        pool.close().block(PATIENCE);
        Hooks.resetOnErrorDropped();
    }

    @Test
    void cancelsAtRandomMomentsLeakNoConnectionAndNoTransaction() { // G7, C5
        // what a cancelled call ends with has nobody to go to
        Hooks.onErrorDropped(e -> {});
        Flux.range(0, CANCELS)
                .flatMap(
                        i -> cancelSometime(call(i), ThreadLocalRandom.current().nextInt(3_000)), 16)
                .then()
                .block(Duration.ofMinutes(1));

        awaitNoneAcquired();
        assertThat(openTransactions()).isZero();
        // and the pool still has its four
        Flux.range(0, 8)
                .flatMap(i -> guard.write(resource, token, connection -> run(connection, "SELECT 1")))
                .then()
                .block(PATIENCE);
        awaitNoneAcquired();
    }

    @Test
    void aCancelWaitsForTheStatementInFlightThenRollsBack() { // C5
        database.execute("INSERT INTO balance VALUES ('" + resource + "', 0, 0)");
        Connection other = database.begin("READ COMMITTED");
        run(other, "SELECT FROM balance WHERE resource = '" + resource + "' FOR UPDATE")
                .block(PATIENCE);
        Disposable write = guard.write(
                        resource,
                        token,
                        connection ->
                                run(connection, "UPDATE balance SET amount = 1 WHERE resource = '" + resource + "'"))
                .subscribe();
        database.awaitBlocked("UPDATE balance", 1);

        write.dispose();
        assertThat(metrics().acquiredSize()).isEqualTo(1);
        run(other, "COMMIT").block(PATIENCE);

        awaitNoneAcquired();
        assertThat(openTransactions()).isZero();
        assertThat(database.number("SELECT amount FROM balance WHERE resource = '" + resource + "'"))
                .isZero();
        Database.close(other);
    }

    @Test
    void aCancelBeforeAConnectionCameSendsNothing() { // C5
        Connection only = fill();
        AtomicBoolean worked = new AtomicBoolean();
        Disposable write = guard.write(resource, token, connection -> Mono.fromRunnable(() -> worked.set(true)))
                .subscribe();
        Disposable advance = guard.advance(resource, token(34)).subscribe();

        write.dispose();
        advance.dispose();
        Mono.from(only.close()).block(PATIENCE);

        awaitAcquired(3);
        assertThat(worked).isFalse();
        assertThat(database.highest(resource)).isEqualTo(33);
    }

    @Test
    void aCancelThatCrossesTheGrantGivesTheConnectionBack() { // G7
        BaseSubscriber<Void> subscriber = new BaseSubscriber<>() {};
        AtomicBoolean worked = new AtomicBoolean();
        // the pool has given the connection away, and nobody has received it yet
        R2dbcFencingGuard crossed = R2dbcFencingGuard.create(onGrant(
                pool, connection -> Mono.fromRunnable(subscriber::cancel).thenReturn(connection)));

        crossed.write(resource, token, connection -> Mono.<Void>fromRunnable(() -> worked.set(true)))
                .subscribe(subscriber);

        Mono.fromSupplier(subscriber::isDisposed)
                .filter(cancelled -> cancelled)
                .repeatWhenEmpty(none -> none.delayElements(Duration.ofMillis(5)))
                .block(PATIENCE);
        awaitNoneAcquired();
        assertThat(worked).isFalse();
    }

    @Test
    void noTransactionStaysOpenOnAConnectionThatCloseLeavesOpen() { // C5
        Connection shared = database.connect();
        R2dbcFencingGuard onShared = R2dbcFencingGuard.create(
                onGrant(database.factory(), unused -> Mono.from(unused.close()).thenReturn(withoutClose(shared))));

        StepVerifier.create(
                        onShared.write(resource, token, connection -> Mono.error(new IllegalStateException("work"))))
                .expectErrorMessage("work")
                .verify(PATIENCE);

        assertThat(shared.isAutoCommit()).isTrue();
        Database.close(shared);
    }

    @Test
    void aTransactionThatSomebodyElseHasBegunIsNotCommitted() { // E5
        Connection theirs = database.begin("READ COMMITTED");
        run(theirs, "INSERT INTO log (resource) VALUES ('" + resource + "')").block(PATIENCE);
        // as a transaction manager's factory, which hands out the connection of the transaction around
        R2dbcFencingGuard inside = R2dbcFencingGuard.create(
                onGrant(database.factory(), unused -> Mono.from(unused.close()).thenReturn(withoutClose(theirs))));

        for (Mono<?> call : List.<Mono<?>>of(
                inside.write(resource, token, connection -> Mono.just(1)),
                inside.writeOnce(resource, token, "once", connection -> Mono.just(1)),
                inside.update(resource, token, "DELETE FROM log WHERE resource = 'none'", it -> it),
                inside.advance(resource, token),
                inside.createSchema())) {
            StepVerifier.create(call)
                    .expectErrorSatisfies(e -> assertThat(e)
                            .isInstanceOfSatisfying(
                                    FencingGuardException.class,
                                    failure -> assertThat(failure.kind()).isEqualTo(Kind.PERMANENT))
                            .hasMessageContaining("not the guard's to commit"))
                    .verify(PATIENCE);
        }
        assertThat(theirs.isAutoCommit()).isFalse();
        assertThat(database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'"))
                .isZero();
        Database.close(theirs);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void workThatSwallowsAnErrorIsNotAcknowledgedWhateverTheDriverFetches(boolean compatible) { // E9
        ConnectionFactory fetching = database.factory(
                Map.of("fetchSize", 2, "compatibilityMode", compatible, "preparedStatementCacheQueries", 0));
        R2dbcFencingGuard onFetching = R2dbcFencingGuard.create(fetching);

        StepVerifier.create(onFetching.write(
                        resource,
                        token,
                        connection -> run(connection, "INSERT INTO log (resource) VALUES ('" + resource + "')")
                                .then(run(connection, "SELECT 1/0"))
                                .onErrorComplete()
                                .thenReturn("looks done")))
                .expectError()
                .verify(PATIENCE);
        assertThat(database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'"))
                .isZero();
        assertThat(onFetching
                        .write(
                                resource,
                                token,
                                connection -> run(connection, "INSERT INTO log (resource) VALUES ('" + resource + "')")
                                        .thenReturn("done"))
                        .block(PATIENCE))
                .isEqualTo("done");
        assertThat(onFetching
                        .update(resource, token, "INSERT INTO log (resource) VALUES ($1)", it -> it.bind(0, resource))
                        .block(PATIENCE))
                .isEqualTo(1);
        assertThat(database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'"))
                .isEqualTo(2);
    }

    @Test
    void aCancelledCallSaysNothingMore() { // C5
        Connection only = fill();
        Sinks.Empty<Void> end = Sinks.empty();

        // takeUntilOther, as behind the loss of a lease, passes on what its source says while it is being cancelled
        StepVerifier.create(
                        guard.write(resource, token, connection -> Mono.just(1)).takeUntilOther(end.asMono()))
                .then(end::tryEmitEmpty)
                .expectComplete()
                .verify(PATIENCE);

        Mono.from(only.close()).block(PATIENCE);
        awaitAcquired(3);
    }

    private Mono<Void> call(int i) {
        return switch (i % 4) {
            case 0 -> guard.advance(resource, token);
            case 1 ->
                guard.update(resource, token, "UPDATE balance SET amount = 1 WHERE resource = 'none'", it -> it)
                        .then();
            case 2 ->
                guard.write(
                        resource,
                        token,
                        connection -> run(connection, "UPDATE balance SET amount = 2 WHERE resource = 'none'"));
            default ->
                guard.write(resource, token, connection -> Mono.error(new IllegalStateException("work that fails")));
        };
    }

    /** Completes when the call was cancelled, or ended before that. */
    private static Mono<Void> cancelSometime(Mono<Void> call, int micros) {
        return Mono.create(done -> {
            Disposable running = call.doFinally(signal -> done.success()).subscribe(nothing -> {}, failed -> {});
            Schedulers.parallel().schedule(running::dispose, micros, TimeUnit.MICROSECONDS);
        });
    }

    /** Takes all connections and gives one of them. */
    private Connection fill() {
        return Objects.requireNonNull(
                Flux.range(0, 4).concatMap(i -> pool.create()).blockLast(PATIENCE));
    }

    private static ConnectionFactory onGrant(ConnectionFactory factory, Function<Connection, Mono<Connection>> step) {
        return new ConnectionFactory() {
            @Override
            public Publisher<? extends Connection> create() {
                return Mono.<Connection>from(factory.create()).flatMap(step);
            }

            @Override
            public ConnectionFactoryMetadata getMetadata() {
                return factory.getMetadata();
            }
        };
    }

    private static Connection withoutClose(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) ->
                        method.getName().equals("close") ? Mono.empty() : method.invoke(connection, arguments));
    }

    private void awaitNoneAcquired() {
        awaitAcquired(0);
    }

    private void awaitAcquired(int connections) {
        Mono.fromSupplier(() -> metrics().acquiredSize() + metrics().pendingAcquireSize())
                .filter(size -> size == connections)
                .repeatWhenEmpty(none -> none.delayElements(Duration.ofMillis(5)))
                .block(PATIENCE);
    }

    private PoolMetrics metrics() {
        return pool.getMetrics().orElseThrow();
    }

    private long openTransactions() {
        return database.number("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                + " AND query NOT LIKE '%pg_stat_activity%' AND application_name = '" + database.schema() + "'");
    }
}
