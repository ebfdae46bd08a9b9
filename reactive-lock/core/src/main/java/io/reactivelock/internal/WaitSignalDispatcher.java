package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.retry.Retry;

/**
 * The contenders that the backend's queue may signal, and the client's one subscription to these signals.
 *
 * <p>A contender stands here from before its first attempt is sent, since a signal can overtake the reply.
 */
final class WaitSignalDispatcher {
    private static final Logger LOG = Loggers.getLogger(WaitSignalDispatcher.class);

    private final WaitQueue queue;
    private final Retry again;
    private final Map<Holder, BackendAcquirer> byHolder = new ConcurrentHashMap<>();

    /** Where a lock may be handed on inside the client, by the holder that the backend knows. */
    private final Map<Holder, LocalQueue> handingOn = new ConcurrentHashMap<>();

    private final AtomicBoolean subscribed = new AtomicBoolean();
    private final Disposable.Swap subscription = Disposables.swap();

    WaitSignalDispatcher(WaitQueue queue, BackOff backOff, Scheduler scheduler) {
        this.queue = queue;
        this.again =
                Retry.from(failures -> failures.map(Retry.RetrySignal::copy).concatMap(broken -> {
                    LOG.warn("WaitSignalDispatcher of waiters broke off, subscribing again", broken.failure());
                    int attempt = (int) Math.min(broken.totalRetriesInARow(), Integer.MAX_VALUE);
                    return Mono.delay(Duration.ofNanos(backOff.polling(attempt)), scheduler);
                }));
    }

    void add(Holder holder, BackendAcquirer contender) {
        byHolder.put(holder, contender);
    }

    void remove(Holder holder) {
        byHolder.remove(holder);
    }

    void addRun(Holder holder, LocalQueue queue) {
        handingOn.put(holder, queue);
        listen();
    }

    void removeRun(Holder holder) {
        handingOn.remove(holder);
    }

    int size() {
        return byHolder.size() + handingOn.size();
    }

    /** Called when signals may come: a contender found the lock held, or a lock is handed on inside the client. */
    void listen() {
        if (!subscribed.get() && subscribed.compareAndSet(false, true)) {
            subscription.update(queue.signals()
                    .retryWhen(again)
                    .subscribe(
                            this::onSignal,
                            e -> LOG.error("WaitSignalDispatcher of waiters ended; waiters poll from now on", e)));
        }
    }

    void close() {
        subscription.dispose();
    }

    /** A grant reaches user code from here; what it throws must not end the signals of all others. */
    private void onSignal(WaitSignal signal) {
        try {
            dispatch(signal);
        } catch (RuntimeException e) {
            LOG.error("A subscriber failed as it was told of its turn", e);
        }
    }

    private void dispatch(WaitSignal signal) {
        if (signal instanceof WaitSignal.HandOff handOff) {
            BackendAcquirer contender = byHolder.get(handOff.holder());
            if (contender != null) {
                contender.handedOff(handOff);
            }
        } else if (signal instanceof WaitSignal.Turn turn) {
            BackendAcquirer contender = byHolder.get(turn.holder());
            if (contender != null) {
                contender.wake();
            }
        } else if (signal instanceof WaitSignal.Contended contended) {
            LocalQueue queue = handingOn.get(contended.holder());
            if (queue != null) {
                queue.contended(contended.holder());
            }
        } else {
            byHolder.values().forEach(BackendAcquirer::wake);
        }
    }
}
