package io.reactivelock.pgguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.FencingToken;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.r2dbc.Database;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testservers.PostgresExtension;
import io.reactivelock.testservers.TcpFaults.Cut;
import io.reactivelock.testservers.TcpProxy;
import io.reactivelock.vertx.VertxLockClient;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is of Vert.x, beside the scenarios that every guard passes. */
class VertxFencingGuardTest {
    private static final String DELETE_NONE = "DELETE FROM log WHERE false";
    private static final FencingGuardOptions HASTY =
            FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(100)).replyTimeout(Duration.ofSeconds(1));

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static Database database;

    private final Vertx vertx = Vertx.vertx();
    private final TcpProxy proxy =
            TcpProxy.to(POSTGRES.server().host(), POSTGRES.server().port());
    private final Pool only = pool(new PoolOptions().setMaxSize(1), true);
    private final VertxFencingGuard guard = VertxFencingGuard.create(only);
    private final VertxFencingGuard hasty = VertxFencingGuard.create(only, HASTY);
    private final String resource = Database.resource();
    private final FencingToken token = Database.token(33);

    @BeforeAll
    static void setUp() {
        database = Database.create(POSTGRES.server());
    }

    @BeforeEach
    void advance() {
        await(guard.advance(resource, token));
    }

    @AfterEach
    void close() {
        proxy.close();
        await(vertx.close());
    }

    private enum Kinds {
        EVENT_LOOP,
        WORKER,
        DUPLICATE,
        DUPLICATE_OF_WORKER
    }

    private ContextInternal context(Kinds kind) {
        VertxInternal internal = (VertxInternal) vertx;
        return switch (kind) {
            case EVENT_LOOP -> internal.createEventLoopContext();
            case WORKER -> internal.createWorkerContext();
            case DUPLICATE -> internal.createEventLoopContext().duplicate();
            case DUPLICATE_OF_WORKER -> internal.createWorkerContext().duplicate();
        };
    }

    @ParameterizedTest
    @EnumSource
    void everyResultArrivesOnTheCallersContext(Kinds kind) {
        ContextInternal context = context(kind);
        VertxLockClient locks = VertxLockClient.create(vertx, InMemoryLockBackend.create());
        LockRequest request = LockRequest.of(resource + kind);
        List<Context> seen = Collections.synchronizedList(new ArrayList<>());
        Promise<Void> done = Promise.promise();

        context.runOnContext(start -> Future.join(List.of(
                        note(seen, guard.createSchema()),
                        note(seen, guard.advance(resource, token)),
                        note(seen, guard.advance(resource, Database.token(1))),
                        note(seen, guard.update(resource, token, DELETE_NONE, Tuple.tuple())),
                        note(seen, guard.update(resource, token, "DELETE FROM nowhere", Tuple.tuple())),
                        note(
                                seen,
                                guard.write(resource, token, connection -> note(seen, Future.succeededFuture("work")))),
                        note(
                                seen,
                                guard.write(
                                        resource,
                                        token,
                                        connection ->
                                                connection.query("SELECT 1/0").execute())),
                        note(
                                seen,
                                guard.withLock(locks, request, lease -> note(seen, Future.succeededFuture("work"))))))
                .onComplete(all -> done.complete()));

        await(done.future());
        assertThat(seen).hasSize(10).containsOnly(context);
    }

    @Test
    void aTimeOutArrivesOnTheCallersContextToo() {
        ContextInternal context = context(Kinds.WORKER);
        List<Context> seen = Collections.synchronizedList(new ArrayList<>());
        Promise<Void> done = Promise.promise();
        proxy.swallowReplies();

        context.runOnContext(
                start -> note(seen, hasty.advance(resource, token)).onComplete(timedOut -> done.complete()));

        await(done.future());
        assertThat(seen).containsExactly(context);
    }

    @Test
    void aCheckArrivesOnTheCallersContextWhosesoeverTheConnectionIs() {
        SqlConnection connection = await(only.getConnection());
        Transaction open = await(connection.begin());
        ContextInternal context = context(Kinds.WORKER);
        List<Context> seen = Collections.synchronizedList(new ArrayList<>());
        Promise<Void> checked = Promise.promise();

        context.runOnContext(
                start -> note(seen, guard.check(connection, resource, token)).onComplete(checked));

        await(checked.future());
        assertThat(seen).containsExactly(context);
        await(open.commit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMMIT", "ROLLBACK"})
    void workThatEndsTheTransactionByItsOwnSqlIsToldSo(String sql) { // E5
        Throwable error = failure(
                guard.write(resource, token, connection -> connection.query(sql).execute()));

        assertKind(error, Kind.PERMANENT);
        assertThat(error).hasMessageContaining("ended the transaction");
        stillWorks();
    }

    @Test
    void aTransactionThatSomebodyElseHasBegunIsRefused() { // E5
        SqlConnection connection = await(only.getConnection());
        await(connection.query("BEGIN").execute());
        await(connection
                .query("INSERT INTO log (resource, op) VALUES ('" + resource + "', 'theirs')")
                .execute());
        await(connection.close());

        Throwable error =
                failure(guard.write(resource, token, it -> it.query("SELECT 1").execute()));

        assertKind(error, Kind.PERMANENT);
        assertThat(error).hasMessageContaining("not the guard's to commit");
        assertThat(database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'"))
                .isZero();
    }

    @Test
    void workThatThrowsOrGivesNoFutureFails() { // G7
        assertThat(failure(guard.write(resource, token, connection -> {
                    throw new IllegalStateException("thrown");
                })))
                .hasMessage("thrown");
        assertThat(failure(guard.write(resource, token, VertxFencingGuardTest::nothing)))
                .hasMessage("the work returned no future");
        stillWorks();
    }

    @Test
    void aConnectionLostInTheWorkIsTheWorksFailure() {
        Future<?> write = guard.write(
                resource,
                token,
                connection -> connection.query("SELECT pg_sleep(60)").execute());
        database.await("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'", 1);
        proxy.cut(Cut.FIN);
        Throwable error = failure(write);
        // the server would sleep on
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'");

        assertThat(error).isInstanceOf(ClosedConnectionException.class);
        stillWorks();
    }

    @Test
    void aReplyThatComesLateReachesNobody() { // G7
        proxy.holdReplies();
        assertKind(failure(hasty.advance(resource, token)), Kind.UNKNOWN);
        proxy.releaseReplies();

        assertThat(await(only.query("SELECT 42::bigint").execute())
                        .iterator()
                        .next()
                        .getLong(0))
                .isEqualTo(42);
    }

    @Test
    void aStatementThatIsStillBeingPreparedHoldsItsConnectionNoLonger() { // G7
        Pool plain = pool(new PoolOptions().setMaxSize(1), false);
        VertxFencingGuard unprepared = VertxFencingGuard.create(plain, HASTY);
        await(unprepared.advance(resource, token));
        proxy.swallowReplies();

        assertKind(failure(unprepared.update(resource, token, DELETE_NONE, Tuple.tuple())), Kind.UNKNOWN);
        proxy.heal();

        assertThat(await(unprepared.update(resource, token, DELETE_NONE, Tuple.tuple())))
                .isZero();
    }

    @Test
    void aCheckWithoutAReplyEndsItsConnectionSoThatTheCallerCanGiveItBack() { // G7
        Throwable error = failure(only.withTransaction(connection -> {
            proxy.swallowReplies();
            return hasty.check(connection, resource, token);
        }));

        assertKind(error, Kind.TRANSIENT);
        proxy.heal();
        stillWorks();
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionThatEndedInThePoolIsToldOrReplaced(Cut cut) {
        proxy.cut(cut);

        Throwable error = guard.update(resource, token, DELETE_NONE, Tuple.tuple())
                .map(rows -> (Throwable) null)
                .otherwise(failure -> failure)
                .await();

        if (error != null) {
            assertThat(error).isInstanceOf(FencingGuardException.class);
        }
        stillWorks();
    }

    @Test
    void aPoolThatGivesNoConnectionIsTransient() { // G7
        Pool impatient = pool(
                new PoolOptions()
                        .setMaxSize(1)
                        .setConnectionTimeout(2) // long enough to connect once, on a busy machine
                        .setConnectionTimeoutUnit(TimeUnit.SECONDS),
                true);
        SqlConnection taken = await(impatient.getConnection());
        assertKind(failure(VertxFencingGuard.create(impatient).advance(resource, token)), Kind.TRANSIENT);
        await(taken.close());

        Pool full = pool(new PoolOptions().setMaxSize(1).setMaxWaitQueueSize(0), true);
        SqlConnection last = await(full.getConnection());
        assertKind(failure(VertxFencingGuard.create(full).advance(resource, token)), Kind.TRANSIENT);
        await(last.close());

        await(full.close());
        assertKind(failure(VertxFencingGuard.create(full).advance(resource, token)), Kind.TRANSIENT);
    }

    @Test
    void afterTheEndOfItsVertxACallFails() {
        Vertx other = Vertx.vertx();
        Pool pool = PgBuilder.pool()
                .connectingTo(VertxFencingSubject.options(database, proxy.host(), proxy.port()))
                .using(other)
                .build();
        VertxFencingGuard late = VertxFencingGuard.create(pool);
        await(late.advance(resource, token));
        await(other.close());

        assertKind(failure(late.advance(resource, token)), Kind.TRANSIENT);
        assertKind(failure(late.write(resource, token, connection -> Future.succeededFuture())), Kind.TRANSIENT);
    }

    @Test
    void badArgumentsThrowAtOnce() {
        SqlConnection connection = await(only.getConnection());
        assertThatThrownBy(() -> guard.advance("", token)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> guard.check(connection, "a\0b", token)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> guard.check(connection, Map.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> guard.update(resource, token, "SELECT 1", Tuple.tuple()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> guard.update(resource, token, "DELETE FROM log WHERE op = $1", Tuple.tuple()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 parameters, not 0");
        await(connection.close());
    }

    private void stillWorks() {
        // a connection that was cut may be noticed late
        assertThat(guard.update(resource, token, DELETE_NONE, Tuple.tuple())
                        .recover(first -> guard.update(resource, token, DELETE_NONE, Tuple.tuple()))
                        .await())
                .isZero();
    }

    private Pool pool(PoolOptions options, boolean preparedOnce) {
        PgConnectOptions connections = VertxFencingSubject.options(database, proxy.host(), proxy.port())
                .setCachePreparedStatements(preparedOnce);
        return PgBuilder.pool()
                .with(options)
                .connectingTo(connections)
                .using(vertx)
                .build();
    }

    @SuppressWarnings("NullAway") // what a caller of another language may do
    private static Future<String> nothing(SqlConnection connection) {
        return null;
    }

    private static <T> Future<T> note(List<Context> seen, Future<T> result) {
        return result.onComplete(done -> seen.add(Vertx.currentContext()));
    }

    private static <T> T await(Future<T> future) {
        return future.await();
    }

    private static Throwable failure(Future<?> future) {
        return future.map(value -> (Throwable) new AssertionError("passed: " + value))
                .otherwise(error -> error)
                .await();
    }

    private static void assertKind(Throwable error, Kind kind) {
        assertThat(error)
                .isInstanceOfSatisfying(
                        FencingGuardException.class,
                        e -> assertThat(e.kind()).describedAs(e.getMessage()).isEqualTo(kind));
    }
}
