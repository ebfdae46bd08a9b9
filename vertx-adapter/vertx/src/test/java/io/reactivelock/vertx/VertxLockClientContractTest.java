package io.reactivelock.vertx;

import io.lettuce.core.RedisClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockClientContract;
import io.reactivelock.testkit.LockQueueContract;
import io.reactivelock.testkit.LockSubject;
import io.reactivelock.testservers.RedisExtension;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** All that a client has to do, seen through futures. */
class VertxLockClientContractTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static Vertx vertx;
    private static RedisClient redis;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        redis = RedisClient.create(REDIS.server().uri());
    }

    @AfterAll
    static void close() {
        vertx.close().await();
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    private static LockSubject subject(LockBackend backend, LockClientOptions options) {
        return new VertxSubject(VertxLockClient.create(vertx, backend, options));
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class InMemory implements LockClientContract, LockQueueContract {
        private final LockBackend backend = InMemoryLockBackend.create();

        @Override
        public LockBackend backend() {
            return backend;
        }

        @Override
        public LockSubject open(LockBackend backend, LockClientOptions options) {
            return subject(backend, options);
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class OnRedis implements LockClientContract, LockQueueContract {
        private final String prefix = "test-" + UUID.randomUUID();

        @Override
        public LockBackend backend() {
            return RedisLockBackend.create(redis).keyPrefix(prefix);
        }

        @Override
        public LockSubject open(LockBackend backend, LockClientOptions options) {
            return subject(backend, options);
        }
    }
}
