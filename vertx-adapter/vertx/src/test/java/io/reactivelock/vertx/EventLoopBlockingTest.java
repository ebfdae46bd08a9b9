package io.reactivelock.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.LockRequest;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.testservers.RedisExtension;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.blockhound.BlockingOperationError;

@DisplayName("G1: no event loop of Vert.x is blocked, which here serve Lettuce, too")
@Tag("long")
class EventLoopBlockingTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final WatchedEventLoops loops = new WatchedEventLoops();
    private final Vertx vertx = loops.vertx();
    private final ClientResources resources = VertxEventLoops.clientResources(vertx);
    private final RedisClient redis =
            RedisClient.create(resources, REDIS.server().uri());
    private final VertxLockClient locks = client();

    @BeforeAll
    static void install() {
        WatchedEventLoops.install();
    }

    @AfterEach
    void close() {
        locks.close().await();
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        vertx.close().await();
    }

    @Test
    @DisplayName("control: a call that blocks is found")
    void findsWhatBlocks() {
        assertThatThrownBy(() -> loops.call(() -> {
                    LockSupport.parkNanos(1);
                    return Future.succeededFuture();
                }))
                .isInstanceOf(BlockingOperationError.class);
    }

    @Test
    @DisplayName("control: work that takes too long is found")
    void findsWhatTakesLong() {
        long turns = loops.call(() -> {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(5 * WatchedEventLoops.LIMIT_MILLIS);
            long turn = 0;
            while (System.nanoTime() - end < 0) {
                turn++;
            }
            return Future.succeededFuture(turn);
        });
        assertThat(turns).isPositive();
        assertThat(loops.blocked()).isNotEmpty();
    }

    @Test
    @DisplayName("a life of a client, from its first call to its end")
    void doesNotBlock() {
        VertxLockClient first = client();
        VertxLockClient second = client();
        assertThat(loops.call(() -> life(first))).containsExactly(false, false);
        // the first time, classes are loaded, which takes as long as it takes
        loops.blocked().clear();

        assertThat(loops.call(() -> life(second))).containsExactly(false, false);
        assertThat(loops.blocked()).isEmpty();
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
}
