package io.reactivelock.speed.subject;

import io.lettuce.core.RedisClient;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import net.javacrumbs.shedlock.core.AbstractSimpleLock;
import net.javacrumbs.shedlock.core.ClockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * ShedLock's core over Lettuce's blocking commands, on threads of its own. The storage is not one of ShedLock's own providers: it
 * sends the two commands that they send by default, {@code SET NX PX} and {@code DEL}.
 */
final class ShedLock implements MeasuredLock {
    private static final int MAX_THREADS = 256;

    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;
    private final LockProvider provider;
    private final Scheduler threads;
    private final Duration leaseTime;

    ShedLock(String uri, Duration leaseTime) {
        this.client = RedisClient.create(uri);
        this.connection = client.connect();
        this.provider = configuration -> lock(connection.sync(), configuration);
        this.threads = Schedulers.newBoundedElastic(MAX_THREADS, Integer.MAX_VALUE, "shedlock");
        this.leaseTime = leaseTime;
    }

    @Override
    public Mono<HeldLock> acquire(String name) {
        return Mono.fromCallable(
                        () -> provider.lock(new LockConfiguration(ClockProvider.now(), name, leaseTime, Duration.ZERO)))
                .subscribeOn(threads)
                .flatMap(granted -> granted.<Mono<HeldLock>>map(lock -> Mono.just(() -> release(lock)))
                        .orElseGet(() -> NotHeld.error(name)));
    }

    private Mono<Void> release(SimpleLock lock) {
        return Mono.<Void>fromRunnable(lock::unlock).subscribeOn(threads);
    }

    private static Optional<SimpleLock> lock(RedisCommands<String, String> redis, LockConfiguration configuration) {
        String key = "job-lock:default:" + configuration.getName();
        SetArgs terms = SetArgs.Builder.nx().px(configuration.getLockAtMostFor());
        if (redis.set(key, UUID.randomUUID().toString(), terms) == null) {
            return Optional.empty();
        }
        return Optional.of(new AbstractSimpleLock(configuration) {
            @Override
            protected void doUnlock() {
                redis.del(key);
            }
        });
    }

    @Override
    public void close() {
        threads.disposeGracefully().block(Duration.ofSeconds(10));
        connection.close();
        client.shutdown();
    }
}
