package io.reactivelock.demo;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.DelegatingLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Counts renewals and hand-offs of the backend behind it. A hand-off is a grant to a holder that had found the lock held. */
final class CountingBackend extends DelegatingLockBackend {
    private final Counters counters;
    private final Set<Holder> waiting = ConcurrentHashMap.newKeySet();

    CountingBackend(LockBackend backend, Counters counters) {
        super(backend);
        this.counters = counters;
    }

    @Override
    public Optional<WaitQueue> waitQueue() {
        return super.waitQueue().map(CountingQueue::new);
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return super.tryAcquire(command).doOnNext(result -> count(command.holder(), result));
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return super.renew(renewals).doOnNext(result -> {
            if (result instanceof RenewalResult.Renewed) {
                counters.renewed();
            }
        });
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return super.release(name, holder).doFinally(end -> waiting.remove(holder));
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

    private final class CountingQueue implements WaitQueue {
        private final WaitQueue queue;

        CountingQueue(WaitQueue queue) {
            this.queue = queue;
        }

        @Override
        public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
            return queue.enqueue(command, checkInterval).doOnNext(result -> count(command.holder(), result));
        }

        @Override
        public Mono<Void> leave(String name, Holder holder) {
            return queue.leave(name, holder).doFinally(end -> waiting.remove(holder));
        }

        @Override
        public Flux<WaitSignal> signals() {
            return queue.signals().doOnNext(signal -> {
                if (signal instanceof WaitSignal.HandOff handOff) {
                    granted(handOff.holder());
                }
            });
        }
    }
}
