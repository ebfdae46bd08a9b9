package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Those whom the backend's queue may signal, and the client's one subscription to these signals.
 *
 * <p>A waiter stands here from before its first attempt is sent, since a signal can overtake the answer.
 */
final class WaitSignalDispatcher {
    private static final Logger LOG = Loggers.getLogger(WaitSignalDispatcher.class);

    private final WaitQueue queue;
    private final Resubscription again;
    private final Map<Holder, Waiter> waiters = new ConcurrentHashMap<>();

    /** Where a lock may be handed off inside the client, by the holder that the backend knows. */
    private final Map<Holder, GrantListener> batches = new ConcurrentHashMap<>();

    private final AtomicBoolean subscribed = new AtomicBoolean();
    private final Disposable.Swap subscription = Disposables.swap();

    /** Waits for a lock in the backend's queue. */
    interface Waiter {
        /** The lock was granted to it. */
        void handedOff(WaitSignal.HandOff handOff);

        /** An attempt may succeed now. */
        void wake();
    }

    WaitSignalDispatcher(WaitQueue queue, Resubscription again) {
        this.queue = queue;
        this.again = again;
    }

    void addWaiter(Holder holder, Waiter waiter) {
        waiters.put(holder, waiter);
    }

    void removeWaiter(Holder holder) {
        waiters.remove(holder);
    }

    void addBatch(Holder holder, GrantListener batch) {
        batches.put(holder, batch);
        listen();
    }

    void removeBatch(Holder holder) {
        batches.remove(holder);
    }

    int size() {
        return waiters.size() + batches.size();
    }

    /** Called when signals may come: a waiter found the lock held, or a lock may be handed off inside the client. */
    void listen() {
        if (!subscribed.get() && subscribed.compareAndSet(false, true)) {
            subscription.update(ForeignCode.flux(queue::signals)
                    .retryWhen(again.after("signals of waiters"))
                    .subscribe(
                            this::onSignal, e -> LOG.error("Signals of waiters ended; waiters poll from now on", e)));
        }
    }

    void close() {
        subscription.dispose();
    }

    /** A grant reaches user code from here; what it throws must not end the signals of all others. */
    private void onSignal(WaitSignal signal) {
        ForeignCode.run("a waiter, as it was told of its turn", () -> dispatch(signal));
    }

    private void dispatch(WaitSignal signal) {
        if (signal instanceof WaitSignal.HandOff handOff) {
            Waiter waiter = waiters.get(handOff.holder());
            if (waiter != null) {
                waiter.handedOff(handOff);
            }
        } else if (signal instanceof WaitSignal.Turn turn) {
            Waiter waiter = waiters.get(turn.holder());
            if (waiter != null) {
                waiter.wake();
            }
        } else if (signal instanceof WaitSignal.Contended contended) {
            GrantListener batch = batches.get(contended.holder());
            if (batch != null) {
                batch.contended(contended.holder());
            }
        } else {
            waiters.values().forEach(Waiter::wake);
        }
    }
}
