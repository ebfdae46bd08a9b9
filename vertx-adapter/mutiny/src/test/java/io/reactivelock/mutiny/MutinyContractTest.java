package io.reactivelock.mutiny;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.reactivelock.LockClientOptions;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.ContractTime;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockCancellationContract;
import io.reactivelock.testkit.LockQueueContract;
import io.reactivelock.testkit.LockSubject;
import io.reactivelock.testservers.RedisExtension;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What every client has to do, through {@code Uni}. */
class MutinyContractTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static RedisClient redis;
    private static StatefulRedisConnection<String, String> connection;

    @BeforeAll
    static void connect() {
        redis = RedisClient.create(REDIS.server().uri());
        connection = redis.connect(StringCodec.UTF8);
    }

    @AfterAll
    static void close() {
        connection.close();
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    @Nested
    class OnVirtualTime implements LockCancellationContract, LockQueueContract {
        private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
        private final LockBackend backend = InMemoryLockBackend.create(scheduler);

        @Override
        public LockBackend backend() {
            return backend;
        }

        @Override
        public ContractTime time() {
            return ContractTime.virtual(scheduler);
        }

        @Override
        public LockSubject open(LockBackend backend, LockClientOptions options) {
            return MutinySubject.open(backend, options);
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class OnRedis implements LockCancellationContract, LockQueueContract {
        private final String prefix = "mutiny-" + UUID.randomUUID();

        @Override
        public LockBackend backend() {
            return RedisLockBackend.create(redis).keyPrefix(prefix);
        }

        @Override
        public LockSubject open(LockBackend backend, LockClientOptions options) {
            return MutinySubject.open(backend, options);
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class OnPolledRedis implements LockCancellationContract {
        private final String prefix = "mutiny-" + UUID.randomUUID();

        @Override
        public LockBackend backend() {
            return RedisLockBackend.polling(connection, prefix);
        }

        @Override
        public LockSubject open(LockBackend backend, LockClientOptions options) {
            return MutinySubject.open(backend, options);
        }
    }
}
