package io.reactivelock.speed.subject;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.redis.RedisLockBackend;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** This project's client, as {@code LockClient.create} gives it. */
final class ReactiveLock implements MeasuredLock {
    private final LockClient locks;
    private final Duration leaseTime;

    ReactiveLock(String redis, Duration leaseTime) {
        this.locks = LockClient.create(RedisLockBackend.create(redis));
        this.leaseTime = leaseTime;
    }

    @Override
    public Mono<HeldLock> acquire(String name) {
        return locks.acquire(LockRequest.of(name).leaseTime(leaseTime).waitTime(Subject.WAIT_TIME))
                .map(lease -> () -> release(lease));
    }

    private static Mono<Void> release(Lease lease) {
        return lease.release().flatMap(held -> held ? Mono.empty() : NotHeld.error(lease.name()));
    }

    @Override
    public void close() {
        locks.close().block();
    }
}
