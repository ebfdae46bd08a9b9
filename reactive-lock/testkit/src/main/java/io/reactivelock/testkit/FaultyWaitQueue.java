package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/** The queue of a {@link FaultyLockBackend}: the signals of waiters can be late, lost, and broken off. */
final class FaultyWaitQueue implements WaitQueue {
    private final FaultyLockBackend backend;
    private final WaitQueue queue;
    private final List<Sinks.Empty<WaitSignal>> subscriptions = new CopyOnWriteArrayList<>();
    private final Scheduler network;
    private volatile boolean losingSignals;
    private volatile Duration signalDelay = Duration.ZERO;

    FaultyWaitQueue(FaultyLockBackend backend, WaitQueue queue, Scheduler network) {
        this.backend = backend;
        this.queue = queue;
        this.network = network;
    }

    @Override
    public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
        return backend.send(
                        LockOperation.ENQUEUE,
                        command.name(),
                        queue.enqueue(command, checkInterval),
                        AttemptResult.class)
                .next();
    }

    @Override
    public Mono<Void> leave(String name, Holder holder) {
        return backend.send(LockOperation.LEAVE, name, queue.leave(name, holder), Void.class)
                .then();
    }

    @Override
    public Flux<WaitSignal> signals() {
        return Flux.defer(() -> {
            Sinks.Empty<WaitSignal> breaks = Sinks.empty();
            subscriptions.add(breaks);
            return queue.signals()
                    .filter(signal -> !losingSignals)
                    .flatMap(this::delayed, Integer.MAX_VALUE)
                    .takeUntilOther(breaks.asMono())
                    .concatWith(Mono.error(
                            () -> new LockBackendException("signals", Kind.UNKNOWN, "the connection broke", null)))
                    .doFinally(end -> subscriptions.remove(breaks));
        });
    }

    private Mono<WaitSignal> delayed(WaitSignal signal) {
        Duration delay = signalDelay;
        return delay.isZero() ? Mono.just(signal) : Mono.just(signal).delayElement(delay, network);
    }

    void delaySignals(Duration delay) {
        signalDelay = delay;
    }

    void loseSignals() {
        losingSignals = true;
    }

    void breakSignals() {
        subscriptions.forEach(Sinks.Empty::tryEmitEmpty);
    }

    void heal() {
        losingSignals = false;
        signalDelay = Duration.ZERO;
    }
}
