package io.reactivelock.speed.renewal;

import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.MeasuredLock;
import io.reactivelock.speed.subject.MeasuredLock.HeldLock;
import io.reactivelock.speed.subject.Subject;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Redisson. Its watchdog renews when a third of the lease time has passed; it does not tell of it, so the server is asked how often
 * it set an expiry. Nor does it tell of a loss before the unlock.
 */
final class RedissonHolders implements Holders {
    private static final int AT_A_TIME = 256;

    private final MeasuredLock locks;
    private final AtomicReferenceArray<HeldLock> held;
    private final RedisStats redis;
    private final AtomicLong lost = new AtomicLong();

    RedissonHolders(String uri, Duration leaseTime, int count, RedisStats redis) {
        this.locks = Subject.REDISSON.open(uri, leaseTime);
        this.held = new AtomicReferenceArray<>(count);
        this.redis = redis;
    }

    @Override
    public Mono<Void> hold(int number) {
        return locks.acquire(Holders.name(number))
                .doOnNext(lock -> held.set(number, lock))
                .then();
    }

    @Override
    public void look() {
        // there is nothing to look at
    }

    @Override
    public long renewals() {
        return redis.calls("pexpire");
    }

    @Override
    public long late() {
        return lost.get();
    }

    @Override
    public void close() {
        Flux.range(0, held.length())
                .flatMap(
                        number -> Objects.requireNonNull(held.get(number))
                                .release()
                                .onErrorResume(IllegalMonitorStateException.class, gone -> {
                                    lost.incrementAndGet();
                                    return Mono.empty();
                                }),
                        AT_A_TIME)
                .then()
                .block();
        locks.close();
    }
}
