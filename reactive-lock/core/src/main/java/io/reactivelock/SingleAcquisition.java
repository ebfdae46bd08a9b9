package io.reactivelock;

import io.reactivelock.spi.AttemptResult;
import java.time.Duration;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** One attempt, which never enters a queue. */
final class SingleAcquisition extends Acquisition {
    SingleAcquisition(LockEngine engine, LockRequest request, CoreSubscriber<? super Lease> actual) {
        super(engine, request, actual);
    }

    @Override
    Mono<AttemptResult> attempt() {
        return engine.backend.tryAcquire(command());
    }

    @Override
    boolean queues() {
        return false;
    }

    @Override
    void onBusy(Duration remaining) {
        complete();
    }

    @Override
    void onFailure(LockBackendException failure) {
        fail(failure);
    }

    @Override
    void onEnd() {
        // holds nothing but itself
    }
}
