package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.spi.LossSignals;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The grants that the backend may say are lost, and the client's one subscription to these signals. */
final class LossSignalDispatcher {
    private static final Logger LOG = Loggers.getLogger(LossSignalDispatcher.class);

    private final LossSignals signals;
    private final Resubscription again;
    private final Map<Holder, GrantListener> grants = new ConcurrentHashMap<>();
    private final AtomicBoolean subscribed = new AtomicBoolean();
    private final Disposable.Swap subscription = Disposables.swap();

    LossSignalDispatcher(LossSignals signals, Resubscription again) {
        this.signals = signals;
        this.again = again;
    }

    /** To be called before anyone has the lease; a loss that was told before is found by the renewal. */
    void add(Holder holder, GrantListener grant) {
        grants.put(holder, grant);
        listen();
    }

    void remove(Holder holder) {
        grants.remove(holder);
    }

    int size() {
        return grants.size();
    }

    void listen() {
        if (!subscribed.get() && subscribed.compareAndSet(false, true)) {
            subscription.update(ForeignCode.flux(signals::losses)
                    .retryWhen(again.after("signals of losses"))
                    .subscribe(this::onLoss, e -> LOG.error("Signals of losses ended; renewals find them", e)));
        }
    }

    void close() {
        subscription.dispose();
    }

    /** What one listener throws must not end the signals of all others. */
    private void onLoss(Holder holder) {
        GrantListener grant = grants.get(holder);
        if (grant == null) {
            return;
        }
        ForeignCode.run("a lease, as it was told of its loss", () -> grant.lost(holder));
    }
}
