package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LockRequest;
import java.util.Objects;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Each subscription is one {@link AcquireSubscription}, with a holder of its own. // G3 */
final class MonoAcquire extends Mono<Lease> {
    private final LockEngine engine;
    private final LockRequest request;
    private final AcquireSubscription.Strategy way;

    MonoAcquire(LockEngine engine, LockRequest request, AcquireSubscription.Strategy way) {
        this.engine = engine;
        this.request = Objects.requireNonNull(request, "request");
        this.way = way;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        actual.onSubscribe(new AcquireSubscription(engine, request, way, actual));
    }
}
