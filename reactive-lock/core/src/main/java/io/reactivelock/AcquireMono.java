package io.reactivelock;

import java.util.Objects;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Each subscription is one {@link Acquisition}, with a holder of its own. // G3 */
final class AcquireMono extends Mono<Lease> {
    /** How to acquire: once, or until the deadline. */
    @FunctionalInterface
    interface Way {
        Acquisition start(LockEngine engine, LockRequest request, CoreSubscriber<? super Lease> actual);
    }

    private final LockEngine engine;
    private final LockRequest request;
    private final Way way;

    AcquireMono(LockEngine engine, LockRequest request, Way way) {
        this.engine = engine;
        this.request = Objects.requireNonNull(request, "request");
        this.way = way;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        actual.onSubscribe(way.start(engine, request, actual));
    }
}
