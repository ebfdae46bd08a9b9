package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.holder;

import io.lettuce.core.SetArgs;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.ForeignEntryContract;
import io.reactivelock.testkit.WaitQueueContract;
import io.reactivelock.testservers.RedisExtension;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisContractTest implements WaitQueueContract, ForeignEntryContract {
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
    public LockBackend another() {
        return RedisLockBackend.create(REDIS.server().uri()).keyPrefix(fixture.prefix);
    }

    @Override
    public List<ForeignEntry> foreignEntries(String lockName) {
        String lock = fixture.lockKey(lockName);
        String token = fixture.tokenKey(lockName);
        return List.of(
                entry(lock, () -> fixture.redis().lpush(lock, "foreign")),
                entry(lock, () -> fixture.redis().set(lock, "foreign", SetArgs.Builder.px(60_000))),
                entry(lock, () -> fixture.redis().set(lock, holder() + ":1")),
                entry(token, () -> fixture.redis().lpush(token, "foreign")),
                entry(token, () -> fixture.redis().set(token, "foreign")));
    }

    private ForeignEntry entry(String key, Runnable put) {
        return new ForeignEntry() {
            @Override
            public void put() {
                remove();
                put.run();
            }

            @Override
            public Object read() {
                return HexFormat.of().formatHex(fixture.redis().dump(key));
            }

            @Override
            public void remove() {
                fixture.redis().del(key);
            }
        };
    }
}
