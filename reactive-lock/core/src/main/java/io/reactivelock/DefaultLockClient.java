package io.reactivelock;

import io.reactivelock.spi.LockBackend;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

final class DefaultLockClient implements LockClient {
    DefaultLockClient(LockBackend backend, LockClientOptions options) {}

    @Override
    public Mono<Lease> tryAcquire(LockRequest request) {
        return Mono.empty();
    }

    @Override
    public Mono<Lease> acquire(LockRequest request) {
        return Mono.empty();
    }

    @Override
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return Mono.empty();
    }

    @Override
    public <T> Flux<T> withLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return Flux.empty();
    }

    @Override
    public Mono<Void> disposeLater() {
        return Mono.empty();
    }
}
