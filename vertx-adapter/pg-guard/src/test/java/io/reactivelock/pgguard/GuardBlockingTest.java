package io.reactivelock.pgguard;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LockRequest;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testservers.PostgresExtension;
import io.reactivelock.vertx.VertxLockClient;
import io.reactivelock.vertx.WatchedEventLoops;
import io.vertx.core.Future;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** That what blocks is found is shown by the controls of the test of the client. */
@DisplayName("G1: the guard blocks no event loop of Vert.x")
class GuardBlockingTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final WatchedEventLoops loops = new WatchedEventLoops();

    @BeforeAll
    static void install() {
        WatchedEventLoops.install();
    }

    /** And with it the client and the pool. */
    @AfterEach
    void close() {
        loops.vertx().close().await();
    }

    @Test
    @DisplayName("every operation of the guard, with the lock around them")
    void guardDoesNotBlock() {
        VertxLockClient locks = VertxLockClient.create(loops.vertx(), InMemoryLockBackend.create());
        Pool pool = PgBuilder.pool()
                .connectingTo(new PgConnectOptions()
                        .setHost(POSTGRES.server().host())
                        .setPort(POSTGRES.server().port())
                        .setDatabase(POSTGRES.server().database())
                        .setUser(POSTGRES.server().username())
                        .setPassword(POSTGRES.server().password())
                        .setCachePreparedStatements(true))
                .using(loops.vertx())
                .build();
        VertxFencingGuard guard = VertxFencingGuard.create(pool);
        assertThat(loops.call(() -> guardedWrites(locks, pool, guard))).isEqualTo(1);
        // the first time, classes are loaded, which takes as long as it takes
        loops.blocked().clear();

        assertThat(loops.call(() -> guardedWrites(locks, pool, guard))).isEqualTo(1);
        assertThat(loops.blocked()).isEmpty();
    }

    private static Future<Long> guardedWrites(VertxLockClient locks, Pool pool, VertxFencingGuard guard) {
        String sql = "UPDATE counter SET value = value + $1";
        return guard.createSchema()
                .compose(made -> pool.query("DROP TABLE IF EXISTS counter; CREATE TABLE counter AS SELECT 0 AS value")
                        .execute())
                .compose(made -> guard.withLock(
                        locks,
                        LockRequest.of("counter"),
                        lease -> guard.write(
                                        lease.name(),
                                        lease.token(),
                                        connection ->
                                                connection.preparedQuery(sql).execute(Tuple.of(1)))
                                .compose(done -> guard.update(lease.name(), lease.token(), sql, Tuple.of(1)))));
    }
}
