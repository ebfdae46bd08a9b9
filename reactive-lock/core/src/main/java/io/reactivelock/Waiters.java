package io.reactivelock;

import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.retry.Retry;

/**
 * The acquires that the backend's queue may signal, and the client's one subscription to these signals.
 *
 * <p>An acquire stands here from before its first attempt is sent, since a signal can overtake the reply.
 */
final class Waiters {
    private static final Logger LOG = Loggers.getLogger(Waiters.class);

    private final WaitQueue queue;
    private final Retry again;
    private final Map<Holder, WaitingAcquisition> byHolder = new ConcurrentHashMap<>();
    private final AtomicBoolean subscribed = new AtomicBoolean();
    private final Disposable.Swap subscription = Disposables.swap();

    Waiters(WaitQueue queue, Duration minBackOff, Duration maxBackOff, Scheduler scheduler) {
        this.queue = queue;
        this.again = Retry.backoff(Long.MAX_VALUE, minBackOff)
                .maxBackoff(maxBackOff)
                .scheduler(scheduler)
                .doBeforeRetry(retry -> LOG.warn("Signals of waiters broke off, subscribing again", retry.failure()));
    }

    WaitQueue queue() {
        return queue;
    }

    void add(Holder holder, WaitingAcquisition acquisition) {
        byHolder.put(holder, acquisition);
    }

    void remove(Holder holder) {
        byHolder.remove(holder);
    }

    int size() {
        return byHolder.size();
    }

    /** Called by an acquire that found the lock held. */
    void listen() {
        if (!subscribed.get() && subscribed.compareAndSet(false, true)) {
            subscription.update(queue.signals()
                    .retryWhen(again)
                    .subscribe(
                            this::onSignal, e -> LOG.error("Signals of waiters ended; waiters poll from now on", e)));
        }
    }

    void close() {
        subscription.dispose();
    }

    private void wake(Holder holder) {
        WaitingAcquisition acquisition = byHolder.get(holder);
        if (acquisition != null) {
            acquisition.wake();
        }
    }

    private void onSignal(WaitSignal signal) {
        if (signal instanceof WaitSignal.Turn turn) {
            wake(turn.holder());
        } else if (signal instanceof WaitSignal.HandOff handOff) {
            wake(handOff.holder());
        } else {
            byHolder.values().forEach(WaitingAcquisition::wake);
        }
    }
}
