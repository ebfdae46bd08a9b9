package io.reactivelock.redis;

import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.LockCancellationContract;
import io.reactivelock.testkit.LockQueueContract;
import io.reactivelock.testservers.RedisExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The whole client on Redis: with signals, and polling. */
class RedisClientContractTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private RedisFixture fixture;

    @BeforeEach
    void open() {
        fixture = new RedisFixture(REDIS.server());
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class WithSignals implements LockCancellationContract, LockQueueContract {
        @Override
        public LockBackend backend() {
            return fixture.otherBackend();
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class Polling implements LockCancellationContract {
        @Override
        public LockBackend backend() {
            return RedisLockBackend.polling(fixture.admin, fixture.prefix);
        }
    }
}
