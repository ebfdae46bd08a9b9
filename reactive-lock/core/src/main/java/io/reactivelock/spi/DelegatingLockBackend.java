package io.reactivelock.spi;

import io.reactivelock.Holder;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A backend that passes every call on to another: for a decorator, which overrides what it changes. The further powers of the other
 * are passed on as they are; a decorator of such a power overrides its accessor.
 */
public abstract class DelegatingLockBackend implements LockBackend {
    private final LockBackend backend;

    /**
     * Passes every call on.
     *
     * @param backend where the calls go
     */
    protected DelegatingLockBackend(LockBackend backend) {
        this.backend = Objects.requireNonNull(backend, "backend");
    }

    /** {@return where the calls go} */
    protected final LockBackend backend() {
        return backend;
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return backend.tryAcquire(command);
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return backend.renew(renewals);
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return backend.release(name, holder);
    }

    @Override
    public Optional<WaitQueue> waitQueue() {
        return backend.waitQueue();
    }

    @Override
    public Optional<LossSignals> lossSignals() {
        return backend.lossSignals();
    }

    @Override
    public Consistency consistency() {
        return backend.consistency();
    }

    @Override
    public LeaseTimes leaseTimes() {
        return backend.leaseTimes();
    }

    @Override
    public void start(Scheduler scheduler) {
        backend.start(scheduler);
    }

    @Override
    public Mono<Void> connect() {
        return backend.connect();
    }

    @Override
    public Mono<Void> ping() {
        return backend.ping();
    }

    @Override
    public Mono<Void> close() {
        return backend.close();
    }
}
