package io.reactivelock.chaos;

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

/** Looks out for renewals that are sent for a holder whose release had been answered. */
final class WatchedBackend implements LockBackend, WaitQueue {
    /** Remembers as many, or up to twice as many: a renewal that is wrong comes within a lease time. */
    private static final int REMEMBERED = 50_000;

    private final LockBackend backend;
    private final WaitQueue queue;
    private final Runnable renewedAfterRelease;
    private volatile Set<Holder> released = ConcurrentHashMap.newKeySet();
    private volatile Set<Holder> releasedBefore = Set.of();

    private WatchedBackend(LockBackend backend, WaitQueue queue, Runnable renewedAfterRelease) {
        this.backend = backend;
        this.queue = queue;
        this.renewedAfterRelease = renewedAfterRelease;
    }

    static <B extends LockBackend & WaitQueue> WatchedBackend of(B backend, Runnable renewedAfterRelease) {
        return new WatchedBackend(backend, backend, renewedAfterRelease);
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return Flux.defer(() -> {
            renewals.stream()
                    .filter(renewal -> released.contains(renewal.holder()) || releasedBefore.contains(renewal.holder()))
                    .forEach(renewal -> renewedAfterRelease.run());
            return backend.renew(renewals);
        });
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return backend.release(name, holder).doOnNext(answer -> remember(holder));
    }

    private synchronized void remember(Holder holder) {
        if (released.size() >= REMEMBERED) {
            releasedBefore = released;
            released = ConcurrentHashMap.newKeySet();
        }
        released.add(holder);
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return backend.tryAcquire(command);
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

    @Override
    public Consistency consistency() {
        return backend.consistency();
    }

    @Override
    public Mono<Void> disposeLater() {
        return backend.disposeLater();
    }
}
