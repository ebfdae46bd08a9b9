package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LockRequest;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Each subscription is one {@link AcquireSubscription}, with a holder of its own. (G3) */
final class MonoAcquire extends Mono<Lease> {
    private final EngineRuntime runtime;
    private final LockRequest request;
    private final AcquireSubscription.Strategy strategy;
    private final @Nullable AcquireSite site;

    MonoAcquire(EngineRuntime runtime, LockRequest request, AcquireSubscription.Strategy strategy) {
        this.runtime = runtime;
        this.request = request;
        this.strategy = strategy;
        site = runtime.options().acquireSites() ? new AcquireSite(request.name()) : null;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        if (isHeldAround(actual.currentContext())) {
            Operators.error(
                    actual,
                    new IllegalStateException("lock '" + request.name() + "' is held around this acquire, which would"
                            + " wait for itself; use the lease that is in the Reactor Context"));
        } else {
            actual.onSubscribe(new AcquireSubscription(runtime, request, site, strategy, actual));
        }
    }

    /** Whether the subscriber's own chain holds this client's lock, so that it could never be granted. */
    private boolean isHeldAround(Context context) {
        return !context.isEmpty()
                && LeaseContext.named(context, request.name())
                        .filter(lease -> lease instanceof LeaseHandle own
                                && own.granted().isOf(runtime)
                                && own.isValid())
                        .isPresent();
    }
}
