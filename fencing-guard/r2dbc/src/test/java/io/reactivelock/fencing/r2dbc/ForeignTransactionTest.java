package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.IsolationLevel;
import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testservers.PostgresExtension;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.context.Context;

/**
 * The check in a transaction that somebody else begins and ends, as transaction managers do it: they keep the connection in the
 * Reactor Context, and hand out a wrapper of it.
 */
class ForeignTransactionTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final Database database = Database.create(POSTGRES.server());
    private final R2dbcFencingGuard guard = R2dbcFencingGuard.create(database.factory());
    private final String resource = Database.resource();
    private final FencingToken first = Database.token(33);
    private final FencingToken second = Database.token(34);

    @BeforeEach
    void advance() {
        guard.advance(resource, first).block(PATIENCE);
        guard.enforce("log", "resource").block(PATIENCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
    void itsCommitIsTheCommitOfTheWrite(String isolation) { // E5
        managed(isolation, checkAndInsert(first)).block(PATIENCE);

        assertThat(written()).isEqualTo(1);
    }

    @Test
    void itsRollbackTakesTheWriteAndFreesTheFence() { // E5
        StepVerifier.create(managed(
                        "READ COMMITTED", checkAndInsert(second).then(Mono.error(new IllegalStateException("no")))))
                .expectErrorMessage("no")
                .verify(PATIENCE);

        assertThat(written()).isZero();
        assertThat(database.highest(resource)).isEqualTo(33);
        guard.advance(resource, second).block(PATIENCE);
    }

    @Test
    void aStaleTokenEndsIt() { // E1
        guard.advance(resource, second).block(PATIENCE);

        StepVerifier.create(managed("READ COMMITTED", checkAndInsert(first)))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void aNestedOneIsTold() { // E6
        Mono<Void> nested = connection()
                .flatMap(connection ->
                        Mono.from(connection.createSavepoint("nested")).then(Mono.defer(() -> checkAndInsert(first))));

        StepVerifier.create(managed("READ COMMITTED", nested))
                .expectErrorSatisfies(e -> GuardContract.assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
    }

    @Test
    void noneAtAllIsTold() { // E5
        StepVerifier.create(Mono.usingWhen(
                        database.factory().create(),
                        connection -> checkAndInsert(first).contextWrite(Context.of(Connection.class, connection)),
                        Connection::close))
                .expectErrorSatisfies(e -> GuardContract.assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
    }

    @Test
    void theLeaseComesFromTheSameContext() {
        LockClient locks = LockClient.create(InMemoryLockBackend.create());
        String locked = Database.resource();

        guard.withLock(
                        locks,
                        LockRequest.of(locked),
                        lease -> managed(
                                "READ COMMITTED",
                                connection()
                                        .flatMap(connection ->
                                                guard.check(connection).then(insert(connection, locked)))))
                .block(PATIENCE);

        assertThat(database.number("SELECT count(*) FROM log WHERE resource = '" + locked + "'"))
                .isEqualTo(1);
        locks.close().block(PATIENCE);
    }

    private <T> Mono<T> managed(String isolation, Mono<T> service) {
        return Mono.usingWhen(
                database.factory().create(),
                connection -> Mono.from(connection.beginTransaction(IsolationLevel.valueOf(isolation)))
                        .then(service.contextWrite(Context.of(Connection.class, wrapped(connection))))
                        .delayUntil(done -> connection.commitTransaction())
                        .switchIfEmpty(Mono.defer(
                                () -> Mono.from(connection.commitTransaction()).then(Mono.<T>empty()))),
                Connection::close,
                (connection, error) ->
                        Mono.from(connection.rollbackTransaction()).then(Mono.from(connection.close())),
                connection -> Mono.from(connection.rollbackTransaction()).then(Mono.from(connection.close())));
    }

    private static Mono<Connection> connection() {
        return Mono.deferContextual(context -> Mono.just(context.get(Connection.class)));
    }

    private Mono<Void> checkAndInsert(FencingToken token) {
        return connection()
                .flatMap(connection -> guard.check(connection, resource, token).then(insert(connection, resource)));
    }

    private static Mono<Void> insert(Connection connection, String into) {
        return Mono.defer(() -> Database.run(connection, "INSERT INTO log (resource) VALUES ('" + into + "')"));
    }

    private static Connection wrapped(Connection connection) {
        InvocationHandler handler = (proxy, method, arguments) -> method.invoke(connection, arguments);
        return (Connection)
                Proxy.newProxyInstance(Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, handler);
    }

    private long written() {
        return database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'");
    }
}
