package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LockRequest;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Each subscription is one {@link AcquireSubscription}, with a holder of its own. (G3) */
final class MonoAcquire extends Mono<Lease> {
    private final EngineRuntime runtime;
    private final LockRequest request;
    private final AcquireSubscription.Strategy strategy;

    MonoAcquire(EngineRuntime runtime, LockRequest request, AcquireSubscription.Strategy strategy) {
        this.runtime = runtime;
        this.request = request;
        this.strategy = strategy;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        if (isHeldAround(actual.currentContext())) {
            Operators.error(
                    actual,
                    new IllegalStateException("lock '" + request.name() + "' is held around this acquire, which would"
                            + " wait for itself; use the lease that is in the Reactor Context"));
        } else {
            actual.onSubscribe(new AcquireSubscription(runtime, request, strategy, actual));
        }
    }

    /** Whether the subscriber's own chain holds this client's lock, so that it could never be granted. */
    private boolean isHeldAround(Context context) {
        return !context.isEmpty()
                && LeaseContext.named(context, request.name())
                        .filter(lease -> lease instanceof DefaultLease own && own.isOf(runtime) && own.isValid())
                        .isPresent();
    }
}
