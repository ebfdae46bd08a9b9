package io.reactivelock.fencing;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import java.util.Objects;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Acquires, advances, works, releases; and acquires again where the storage refused the token. */
record WholeWay(FencingGuard guard, LockClient locks) {
    WholeWay {
        Objects.requireNonNull(locks, "locks");
    }

    <T> Mono<T> one(GrantRetry grant, Function<? super Lease, ? extends Mono<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return locks.<T>withLock(
                        grant.request(), lease -> advance(grant, lease).then(Mono.defer(() -> work.apply(lease))))
                .onErrorResume(e -> grant.failed(e, again -> one(again, work), Mono::error));
    }

    <T> Flux<T> many(GrantRetry grant, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return locks.<T>withLockMany(
                        grant.request(),
                        lease -> advance(grant, lease).thenMany(Flux.defer(() -> Flux.<T>from(work.apply(lease)))))
                .onErrorResume(e -> grant.failed(e, again -> many(again, work), Flux::error));
    }

    private Mono<Void> advance(GrantRetry grant, Lease lease) {
        return guard.advance(lease.name(), lease.token()).onErrorMap(grant::advanceFailed);
    }
}
