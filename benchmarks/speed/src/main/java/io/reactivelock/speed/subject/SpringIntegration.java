package io.reactivelock.speed.subject;

import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.integration.redis.util.RedisLockRegistry;
import org.springframework.integration.redis.util.RedisLockRegistry.RedisLockType;
import org.springframework.integration.support.locks.DistributedLock;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Spring Integration's registry. It blocks, and its locks belong to threads, so every acquire gets a thread until its release. */
final class SpringIntegration implements MeasuredLock {
    private static final int MAX_THREADS = 256;

    private final LettuceConnectionFactory connections;
    private final RedisLockRegistry registry;
    private final Scheduler threads;

    SpringIntegration(String uri, Duration leaseTime) {
        RedisURI address = RedisURI.create(uri);
        this.connections = new LettuceConnectionFactory(address.getHost(), address.getPort());
        connections.afterPropertiesSet();
        connections.start();
        this.registry = new RedisLockRegistry(connections, "benchmark", leaseTime);
        registry.setRedisLockType(RedisLockType.PUB_SUB_LOCK);
        this.threads = Schedulers.newBoundedElastic(MAX_THREADS, Integer.MAX_VALUE, "spring-integration");
    }

    @Override
    public Mono<HeldLock> acquire(String name) {
        return Mono.defer(() -> {
            Scheduler thread = Schedulers.single(threads);
            DistributedLock lock = registry.obtain(name);
            return Mono.fromCallable(() -> lock.tryLock(Subject.WAIT_TIME.toMillis(), TimeUnit.MILLISECONDS))
                    .subscribeOn(thread)
                    .flatMap(granted -> granted ? Mono.just(() -> release(lock, thread)) : NotHeld.error(name));
        });
    }

    private static Mono<Void> release(DistributedLock lock, Scheduler thread) {
        return Mono.<Void>fromRunnable(lock::unlock).subscribeOn(thread).doFinally(end -> thread.dispose());
    }

    @Override
    public void close() {
        threads.disposeGracefully().block(Duration.ofSeconds(10));
        registry.destroy();
        connections.destroy();
    }
}
