package io.reactivelock.speed.renewal;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.speed.subject.Subject;
import java.time.Duration;
import java.util.BitSet;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * This project's client. A lease is renewed when a third of its lease time has passed. One of which less than half is left was
 * renewed late; one of which nothing is left was lost. A lease of which more is left than before was renewed.
 */
final class OurHolders implements Holders {
    private static final int AT_A_TIME = 256;

    private final LockClient locks;
    private final Duration leaseTime;
    private final AtomicReferenceArray<Lease> leases;
    private final long[] remainingNanos;
    private final BitSet late = new BitSet();
    private long renewals;

    OurHolders(String redis, Duration leaseTime, int count) {
        this.locks = LockClient.create(RedisLockBackend.create(redis));
        this.leaseTime = leaseTime;
        this.leases = new AtomicReferenceArray<>(count);
        this.remainingNanos = new long[count];
    }

    @Override
    public Mono<Void> hold(int number) {
        return locks.acquire(LockRequest.of(Holders.name(number))
                        .leaseTime(leaseTime)
                        .waitTime(Subject.WAIT_TIME))
                .doOnNext(lease -> leases.set(number, lease))
                .then();
    }

    @Override
    public void look() {
        long least = leaseTime.dividedBy(2).toNanos();
        for (int i = 0; i < leases.length(); i++) {
            long remaining = lease(i).remaining().toNanos();
            if (remaining < least) {
                late.set(i);
            }
            if (remaining > remainingNanos[i] && remainingNanos[i] > 0) {
                renewals++;
            }
            remainingNanos[i] = remaining;
        }
    }

    private Lease lease(int number) {
        return Objects.requireNonNull(leases.get(number));
    }

    @Override
    public long renewals() {
        return renewals;
    }

    @Override
    public long late() {
        return late.cardinality();
    }

    @Override
    public void close() {
        Flux.range(0, leases.length())
                .flatMap(number -> lease(number).release(), AT_A_TIME)
                .then(locks.close())
                .block();
    }
}
