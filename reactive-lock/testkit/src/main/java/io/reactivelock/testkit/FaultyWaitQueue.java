package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/** A {@link FaultyLockBackend} whose backend keeps a queue: the signals of waiters can be lost, and broken off. */
public final class FaultyWaitQueue extends FaultyLockBackend implements WaitQueue {
    private final WaitQueue queue;
    private final List<Sinks.Empty<WaitSignal>> subscriptions = new CopyOnWriteArrayList<>();
    private final Scheduler network;
    private volatile boolean losingSignals;
    private volatile Duration signalDelay = Duration.ZERO;

    FaultyWaitQueue(LockBackend backend, WaitQueue queue, Scheduler network) {
        super(backend, network);
        this.queue = queue;
        this.network = network;
    }

    @Override
    public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
        return send(LockOperation.ENQUEUE, command.name(), queue.enqueue(command, checkInterval), AttemptResult.class)
                .next();
    }

    @Override
    public Mono<Void> leave(String name, Holder holder) {
        return send(LockOperation.LEAVE, name, queue.leave(name, holder), Void.class)
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

    /**
     * Delays all signals from now on, until {@link #heal()}.
     *
     * @param delay the time
     */
    public void delaySignals(Duration delay) {
        signalDelay = delay;
    }

    /** Loses all signals, silently, until {@link #heal()}. */
    public void loseSignals() {
        losingSignals = true;
    }

    /** Ends every subscription to the signals in an error of {@link Kind#UNKNOWN}, as a lost connection does. */
    public void breakSignals() {
        subscriptions.forEach(Sinks.Empty::tryEmitEmpty);
    }

    @Override
    public void heal() {
        super.heal();
        losingSignals = false;
        signalDelay = Duration.ZERO;
    }
}
