package io.reactivelock.fencing;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import java.util.Objects;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Acquires, advances, works, releases; and acquires again where the storage refused the token. */
record WholeWay<T>(
        FencingGuard guard, LockClient locks, Function<? super Lease, ? extends Publisher<? extends T>> work) {

    static <T> WholeWay<T> of(
            FencingGuard guard, LockClient locks, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return new WholeWay<>(guard, Objects.requireNonNull(locks, "locks"), Objects.requireNonNull(work, "work"));
    }

    Mono<T> one(GrantRetry grant) {
        return locks.<T>withLock(grant.request(), lease -> advanced(grant, lease))
                .onErrorResume(e -> grant.failed(e, this::one, Mono::error));
    }

    Flux<T> many(GrantRetry grant) {
        return locks.<T>withLockMany(grant.request(), lease -> advanced(grant, lease))
                .onErrorResume(e -> grant.failed(e, this::many, Flux::error));
    }

    private Flux<T> advanced(GrantRetry grant, Lease lease) {
        return guard.advance(lease.name(), lease.token())
                .onErrorMap(grant::advanceFailed)
                .thenMany(Flux.defer(() -> Flux.<T>from(work.apply(lease))));
    }
}
