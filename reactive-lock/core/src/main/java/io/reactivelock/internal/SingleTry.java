package io.reactivelock.internal;

import io.reactivelock.LockBackendException;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import reactor.core.publisher.Mono;

/** One attempt, for one acquisition alone, which never enters a queue. */
final class SingleTry extends LocalQueue {
    private SingleTry(LockEngine engine, LockRequest request) {
        super(engine, request);
    }

    /** The way of an acquire that does not wait. */
    static void join(LockEngine engine, AcquireSubscription acquisition) {
        Runnable step = new SingleTry(engine, acquisition.request).join(acquisition);
        if (step != null) {
            step.run();
        }
    }

    @Override
    public Mono<AttemptResult> attempt(AcquireCommand command) {
        return engine.backend.tryAcquire(command);
    }

    @Override
    public boolean queues() {
        return false;
    }

    @Override
    public void busy(BackendAcquirer from, AttemptResult result) {
        completeAll();
    }

    @Override
    public void failed(BackendAcquirer from, LockBackendException failure) {
        failAll(failure);
    }
}
