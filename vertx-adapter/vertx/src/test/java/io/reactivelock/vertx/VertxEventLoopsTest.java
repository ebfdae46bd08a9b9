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
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Lettuce on the event loops of Vert.x")
class VertxEventLoopsTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final LockRequest REQUEST = LockRequest.of("shared-loops");

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(3).setPreferNativeTransport(true));

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private void use(RedisClient redis) {
        VertxLockClient locks = VertxLockClient.create(vertx, RedisLockBackend.create(redis));
        Future.all(IntStream.range(0, 100)
                        .mapToObj(i -> locks.withLock(REQUEST, lease -> Future.succeededFuture()))
                        .toList())
                .await();
        locks.close().await();
    }

    private static Set<String> threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith(prefix))
                .collect(Collectors.toSet());
    }

    @Test
    @DisplayName("has one thread of its own, where it has more of them otherwise, and ends none of Vert.x")
    void shares() {
        Set<String> before = threads("lettuce-");
        ClientResources resources = VertxEventLoops.clientResources(vertx);
        RedisClient redis = RedisClient.create(resources, REDIS.server().uri());
        use(redis);
        Set<String> started = threads("lettuce-");
        started.removeAll(before);
        assertThat(started).allMatch(name -> name.startsWith("lettuce-timer")).hasSize(1);

        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        assertThat(resources.eventLoopGroupProvider().threadPoolSize()).isEqualTo(3);
        assertThat(((VertxInternal) vertx).nettyEventLoopGroup().isShuttingDown())
                .isFalse();

        RedisClient own = RedisClient.create(REDIS.server().uri());
        before = threads("lettuce-");
        use(own);
        started = threads("lettuce-");
        started.removeAll(before);
        assertThat(started).hasSizeGreaterThan(1);
        own.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    @Test
    @DisplayName("is refused where the two use different transports")
    void refused() {
        Vertx other = Vertx.vertx(new VertxOptions().setPreferNativeTransport(!vertx.isNativeTransportEnabled()));
        if (other.isNativeTransportEnabled() == vertx.isNativeTransportEnabled()) {
            System.out.println("Not tested on this platform, which has no native transport: two different ones");
        } else {
            assertThatThrownBy(() -> VertxEventLoops.clientResources(other))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("only on the same transport");
        }
        other.close().await();
    }
}
