package io.reactivelock.demo;

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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Counts renewals and hand-offs of the backend behind it. A hand-off is a grant to a holder that had found the lock held. */
sealed class CountingBackend implements LockBackend {
    private final LockBackend backend;
    private final Counters counters;
    private final Set<Holder> waiting = ConcurrentHashMap.newKeySet();

    private CountingBackend(LockBackend backend, Counters counters) {
        this.backend = backend;
        this.counters = counters;
    }

    static LockBackend of(LockBackend backend, Counters counters) {
        return backend instanceof WaitQueue queue
                ? new WithQueue(backend, queue, counters)
                : new CountingBackend(backend, counters);
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return backend.tryAcquire(command).doOnNext(result -> count(command.holder(), result));
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return backend.renew(renewals).doOnNext(result -> {
            if (result.held()) {
                counters.renewed();
            }
        });
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return backend.release(name, holder).doFinally(end -> waiting.remove(holder));
    }

    @Override
    public Consistency consistency() {
        return backend.consistency();
    }

    @Override
    public Mono<Void> disposeLater() {
        return backend.disposeLater();
    }

    private void count(Holder holder, AttemptResult result) {
        if (result instanceof AttemptResult.Granted) {
            granted(holder);
        } else {
            waiting.add(holder);
        }
    }

    private void granted(Holder holder) {
        if (waiting.remove(holder)) {
            counters.handedOff();
        }
    }

    private static final class WithQueue extends CountingBackend implements WaitQueue {
        private final WaitQueue queue;

        WithQueue(LockBackend backend, WaitQueue queue, Counters counters) {
            super(backend, counters);
            this.queue = queue;
        }

        @Override
        public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
            return queue.enqueue(command, checkInterval).doOnNext(result -> super.count(command.holder(), result));
        }

        @Override
        public Mono<Void> leave(String name, Holder holder) {
            return queue.leave(name, holder).doFinally(end -> super.waiting.remove(holder));
        }

        @Override
        public Flux<WaitSignal> signals() {
            return queue.signals().doOnNext(signal -> {
                if (signal instanceof WaitSignal.HandOff handOff) {
                    super.granted(handOff.holder());
                }
            });
        }
    }
}
