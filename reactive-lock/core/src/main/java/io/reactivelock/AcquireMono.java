package io.reactivelock;

import java.util.Objects;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Each subscription is one {@link Acquisition}, with a holder of its own. // G3 */
final class AcquireMono extends Mono<Lease> {
    private final LockEngine engine;
    private final LockRequest request;
    private final Acquisition.Way way;

    AcquireMono(LockEngine engine, LockRequest request, Acquisition.Way way) {
        this.engine = engine;
        this.request = Objects.requireNonNull(request, "request");
        this.way = way;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        actual.onSubscribe(new Acquisition(engine, request, way, actual));
    }
}
