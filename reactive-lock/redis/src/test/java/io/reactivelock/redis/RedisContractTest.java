package io.reactivelock.redis;

import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.RedisExtension;
import io.reactivelock.testkit.WaitQueueContract;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisContractTest implements WaitQueueContract {
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

    @Override
    public LockBackend backend() {
        return fixture.backend;
    }

    @Override
    public Optional<ForeignEntry> foreignEntry(String lockName) {
        return Optional.of(new ForeignEntry() {
            @Override
            public void put() {
                fixture.redis().lpush(fixture.lockKey(lockName), "foreign");
            }

            @Override
            public Object read() {
                return fixture.redis().lrange(fixture.lockKey(lockName), 0, -1);
            }
        });
    }
}
