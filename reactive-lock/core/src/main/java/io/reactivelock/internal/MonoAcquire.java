package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LockRequest;
import java.util.Objects;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Each subscription is one {@link AcquireSubscription}, with a holder of its own. (G3) */
final class MonoAcquire extends Mono<Lease> {
    private final EngineRuntime runtime;
    private final LockRequest request;
    private final AcquireSubscription.Strategy strategy;

    MonoAcquire(EngineRuntime runtime, LockRequest request, AcquireSubscription.Strategy strategy) {
        this.runtime = runtime;
        this.request = Objects.requireNonNull(request, "request");
        this.strategy = strategy;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        actual.onSubscribe(new AcquireSubscription(runtime, request, strategy, actual));
    }
}
