package io.reactivelock.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.LockRequest;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.testservers.PostgresExtension;
import io.reactivelock.testservers.RedisExtension;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.threadchecker.BlockedThreadEvent;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;

@DisplayName("G1: no event loop of Vert.x is blocked, which here serve Lettuce, too")
class EventLoopBlockingTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static final long LIMIT_MILLIS = 100;

    private final Vertx vertx = Vertx.vertx(new VertxOptions()
            .setEventLoopPoolSize(2)
            .setPreferNativeTransport(true)
            .setMaxEventLoopExecuteTime(LIMIT_MILLIS)
            .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
            .setBlockedThreadCheckInterval(5));
    private final Queue<String> blocked = new ConcurrentLinkedQueue<>();
    private final ClientResources resources = VertxEventLoops.clientResources(vertx);
    private final RedisClient redis =
            RedisClient.create(resources, REDIS.server().uri());
    private final VertxLockClient locks = client();

    @BeforeAll
    static void install() {
        BlockHound.builder()
                .loadIntegrations()
                .nonBlockingThreadPredicate(
                        others -> others.or(thread -> thread.getName().startsWith("vert.x-eventloop")))
                .install();
    }

    @AfterEach
    void close() {
        locks.close().await();
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        vertx.close().await();
    }

    /** Waits for others are none of ours; a machine that is slow stops a loop anywhere. */
    private void note(BlockedThreadEvent event) {
        Stream.of(event.thread().getStackTrace())
                .map(StackTraceElement::toString)
                .filter(frame -> frame.contains("io.reactivelock"))
                .findFirst()
                .ifPresent(blocked::add);
    }

    private <T> T onEventLoop(Supplier<Future<T>> call) {
        ((VertxInternal) vertx).blockedThreadChecker().setThreadBlockedHandler(this::note);
        Promise<T> result = Promise.promise();
        vertx.runOnContext(nothing -> {
            try {
                call.get().onComplete(result);
            } catch (Throwable e) {
                result.fail(e);
            }
        });
        return result.future().await();
    }

    @Test
    @DisplayName("control: a call that blocks is found")
    void findsWhatBlocks() {
        assertThatThrownBy(() -> onEventLoop(() -> {
                    LockSupport.parkNanos(1);
                    return Future.succeededFuture();
                }))
                .isInstanceOf(BlockingOperationError.class);
    }

    @Test
    @DisplayName("control: work that takes too long is found")
    void findsWhatTakesLong() {
        long turns = onEventLoop(() -> {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(5 * LIMIT_MILLIS);
            long turn = 0;
            while (System.nanoTime() - end < 0) {
                turn++;
            }
            return Future.succeededFuture(turn);
        });
        assertThat(turns).isPositive();
        assertThat(blocked).isNotEmpty();
    }

    @Test
    @DisplayName("a life of a client, from its first call to its end")
    void doesNotBlock() {
        VertxLockClient first = client();
        VertxLockClient second = client();
        assertThat(onEventLoop(() -> life(first))).containsExactly(false, false);
        // the first time, classes are loaded, which takes as long as it takes
        blocked.clear();

        assertThat(onEventLoop(() -> life(second))).containsExactly(false, false);
        assertThat(blocked).isEmpty();
    }

    private VertxLockClient client() {
        return VertxLockClient.create(vertx, RedisLockBackend.create(redis));
    }

    private Future<List<Boolean>> life(VertxLockClient client) {
        LockRequest request =
                LockRequest.of("life").leaseTime(Duration.ofSeconds(20)).renewalInterval(Duration.ofMillis(30));
        return Future.all(IntStream.range(0, 50)
                        .mapToObj(i -> client.withLock(request, lease -> vertx.timer(1)))
                        .toList())
                .compose(contended -> client.acquire(request))
                .compose(held -> vertx.timer(100)
                        .compose(renewed -> client.acquire(request.waitTime(Duration.ofMillis(30))))
                        .otherwiseEmpty()
                        .compose(timedOut -> client.tryAcquire(request))
                        .compose(busy -> held.release()))
                .compose(free -> client.acquire(request.withoutRenewal().leaseTime(Duration.ofMillis(50))))
                .compose(lease -> lease.lost().compose(lost -> lease.release()))
                .compose(gone -> client.acquire(request)
                        .compose(last -> client.close().compose(closed -> last.release()))
                        .map(last -> List.of(gone, last)));
    }

    @Test
    @DisplayName("every operation of the guard, with the lock around them")
    void guardDoesNotBlock() {
        Pool pool = PgBuilder.pool()
                .connectingTo(new PgConnectOptions()
                        .setHost(POSTGRES.server().host())
                        .setPort(POSTGRES.server().port())
                        .setDatabase(POSTGRES.server().database())
                        .setUser(POSTGRES.server().username())
                        .setPassword(POSTGRES.server().password())
                        .setCachePreparedStatements(true))
                .using(vertx)
                .build();
        VertxFencingGuard guard = VertxFencingGuard.create(pool);
        String sql = "UPDATE counter SET value = value + $1";
        assertThat(onEventLoop(() -> guardedWrites(pool, guard, sql))).isEqualTo(1);
        blocked.clear();

        assertThat(onEventLoop(() -> guardedWrites(pool, guard, sql))).isEqualTo(1);
        assertThat(blocked).isEmpty();
        pool.close().await();
    }

    private Future<Long> guardedWrites(Pool pool, VertxFencingGuard guard, String sql) {
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
