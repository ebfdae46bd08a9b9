package user;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.mutiny.MutinyLockClient;
import io.reactivelock.pgguard.VertxFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.vertx.VertxLockClient;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import io.r2dbc.spi.ConnectionFactories;
import reactor.core.publisher.Mono;

/** Takes a lock in each way, and writes by each guard, once. Arguments: the URI of a Redis; host, port, database, user, password. */
public final class User {
    private static final LockRequest REQUEST = LockRequest.of("modules");

    private User() {}

    public static void main(String[] args) {
        // threads of the drivers would keep it alive
        Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> {
            e.printStackTrace();
            System.exit(1);
        });
        RedisLockBackend redis = RedisLockBackend.create(args[0]);
        LockClient locks = LockClient.create(redis);
        R2dbcFencingGuard guard = R2dbcFencingGuard.create(ConnectionFactories.get(
                "r2dbc:postgresql://%4$s:%5$s@%1$s:%2$s/%3$s".formatted((Object[]) tail(args))));
        guard.createSchema()
                .then(guard.withLock(locks, REQUEST, lease -> guard.write(connection -> Mono.from(connection
                                .createStatement("CREATE TABLE IF NOT EXISTS modules_written (id int)")
                                .execute())
                        .flatMap(result -> Mono.from(result.getRowsUpdated())))))
                .block();
        System.out.println("r2dbc");

        System.out.println("mutiny " + MutinyLockClient.create(InMemoryLockBackend.create())
                .withLock(REQUEST, lease -> Uni.createFrom().item(lease.token().value()))
                .await().indefinitely());

        Vertx vertx = Vertx.vertx();
        Pool pool = PgBuilder.pool()
                .connectingTo(new PgConnectOptions()
                        .setHost(args[1]).setPort(Integer.parseInt(args[2])).setDatabase(args[3])
                        .setUser(args[4]).setPassword(args[5]))
                .using(vertx)
                .build();
        VertxFencingGuard vertxGuard = VertxFencingGuard.create(pool);
        VertxLockClient vertxLocks = VertxLockClient.create(vertx, locks);
        Future<Long> updated = vertxGuard.withLock(vertxLocks, REQUEST, lease ->
                vertxGuard.update(lease.name(), lease.token(), "INSERT INTO modules_written VALUES ($1)", Tuple.of(1)));
        System.out.println("vertx " + updated.await());

        pool.close().await();
        vertx.close().await();
        Mono.whenDelayError(locks.close(), redis.close()).block();
        System.exit(0);
    }

    private static String[] tail(String[] args) {
        return java.util.Arrays.copyOfRange(args, 1, args.length);
    }
}
