package io.reactivelock;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client that passes every call on to another: for a decorator, which overrides what it changes. Safe for use by several threads, as
 * the other is.
 */
@CheckReturnValue
public abstract class DelegatingLockClient implements LockClient {
    private final LockClient locks;

    /**
     * Passes every call on.
     *
     * @param locks where the calls go
     */
    protected DelegatingLockClient(LockClient locks) {
        this.locks = Objects.requireNonNull(locks, "locks");
    }

    /** {@return where the calls go} */
    protected final LockClient locks() {
        return locks;
    }

    @Override
    public Mono<Lease> tryAcquire(LockRequest request) {
        return locks.tryAcquire(request);
    }

    @Override
    public Mono<Lease> acquire(LockRequest request) {
        return locks.acquire(request);
    }

    @Override
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        return locks.withLock(request, work);
    }

    @Override
    public <T> Mono<T> tryWithLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        return locks.tryWithLock(request, work);
    }

    @Override
    public <T> Flux<T> withLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return locks.withLockMany(request, work);
    }

    @Override
    public <T> Flux<T> tryWithLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return locks.tryWithLockMany(request, work);
    }

    @Override
    public LockClientOptions options() {
        return locks.options();
    }

    @Override
    public Mono<Void> connect() {
        return locks.connect();
    }

    @Override
    public Mono<Void> ping(Duration within) {
        return locks.ping(within);
    }

    @Override
    public Mono<Void> close() {
        return locks.close();
    }
}
