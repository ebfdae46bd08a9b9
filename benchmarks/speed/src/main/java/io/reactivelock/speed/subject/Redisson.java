package io.reactivelock.speed.subject;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.redisson.api.RLockReactive;
import org.redisson.api.RedissonClient;
import org.redisson.api.RedissonReactiveClient;
import org.redisson.config.Config;
import reactor.core.publisher.Mono;

/**
 * Redisson's reactive lock with its default settings. Every acquire passes a thread id of its own, without which two chains on one
 * thread would both own the lock; no lease time is passed, so that its watchdog renews, as this project's client does.
 */
final class Redisson implements MeasuredLock {
    private static final long RENEWED = -1;

    @FunctionalInterface
    private interface Kind {
        RLockReactive get(RedissonReactiveClient redisson, String name);
    }

    private final RedissonClient client;
    private final RedissonReactiveClient reactive;
    private final Kind kind;
    private final AtomicLong threads = new AtomicLong();

    private Redisson(String uri, Duration leaseTime, Kind kind) {
        Config config = new Config();
        config.setLockWatchdogTimeout(leaseTime.toMillis());
        config.useSingleServer().setAddress(uri);
        this.client = org.redisson.Redisson.create(config);
        this.reactive = client.reactive();
        this.kind = kind;
    }

    static Redisson plain(String uri, Duration leaseTime) {
        return new Redisson(uri, leaseTime, RedissonReactiveClient::getLock);
    }

    static Redisson fair(String uri, Duration leaseTime) {
        return new Redisson(uri, leaseTime, RedissonReactiveClient::getFairLock);
    }

    @Override
    public Mono<HeldLock> acquire(String name) {
        return Mono.defer(() -> {
            RLockReactive lock = kind.get(reactive, name);
            long thread = threads.incrementAndGet();
            return lock.tryLock(Subject.WAIT_TIME.toMillis(), RENEWED, TimeUnit.MILLISECONDS, thread)
                    .flatMap(granted -> granted ? Mono.just(() -> lock.unlock(thread)) : NotHeld.error(name));
        });
    }

    @Override
    public void close() {
        client.shutdown();
    }
}
