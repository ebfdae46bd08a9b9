package io.reactivelock.internal;

import io.reactivelock.LockBackendException;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import reactor.core.publisher.Mono;

/** One attempt, for one subscription alone, which never enters a queue. */
final class SingleTry extends LocalQueue {
    private final BackendGateway gateway;

    SingleTry(EngineRuntime runtime, BackendGateway gateway, WaiterLimit limit, LockRequest request) {
        super(runtime, gateway, limit, closed -> {}, request);
        this.gateway = gateway;
    }

    @Override
    public Mono<AttemptResult> attempt(AcquireCommand command) {
        return gateway.tryAcquire(command);
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
