package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A backend that stays open when a client closes it, for others use it, too. Shows no powers but those of {@link LockBackend}. */
class OpenBackend implements LockBackend {
    private final LockBackend backend;

    OpenBackend(LockBackend backend) {
        this.backend = backend;
    }

    /** The same with its queue, where it has one. */
    static LockBackend withQueue(LockBackend backend) {
        return backend instanceof WaitQueue queue ? new WithQueue(backend, queue) : new OpenBackend(backend);
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
    public Consistency consistency() {
        return backend.consistency();
    }

    @Override
    public Mono<Void> disposeLater() {
        return Mono.empty();
    }

    private static final class WithQueue extends OpenBackend implements WaitQueue {
        private final WaitQueue queue;

        WithQueue(LockBackend backend, WaitQueue queue) {
            super(backend);
            this.queue = queue;
        }

        @Override
        public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
            return queue.enqueue(command, checkInterval);
        }

        @Override
        public Mono<Void> leave(String name, Holder holder) {
            return queue.leave(name, holder);
        }

        @Override
        public Flux<WaitSignal> signals() {
            return queue.signals();
        }
    }
}
