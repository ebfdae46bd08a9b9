package io.reactivelock;

import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;

/**
 * Leases that are due together are renewed together. Collects on the timer thread, where nothing else runs, and sends at the end of
 * each of its rounds. A lease that gets no answer comes back by its own timer.
 */
final class Renewals {
    private final LockBackend backend;
    private final LeaseClock clock;
    private List<HeldLease> due = new ArrayList<>();

    Renewals(LockBackend backend, LeaseClock clock) {
        this.backend = backend;
        this.clock = clock;
    }

    void add(HeldLease lease) {
        due.add(lease);
    }

    void flush() {
        // one that ended in the same round is not renewed. // B5
        due.removeIf(lease -> !lease.isHeld());
        if (due.isEmpty()) {
            return;
        }
        Map<Holder, HeldLease> unanswered = new ConcurrentHashMap<>();
        List<Renewal> renewals = new ArrayList<>(due.size());
        for (HeldLease lease : due) {
            unanswered.put(lease.token().holder(), lease);
            renewals.add(lease.renewal());
        }
        due = new ArrayList<>();
        LeaseClock.Mark mark = clock.mark();
        // defer: what a backend throws at call time is one more failed renewal, and must not end the timer
        Flux.defer(() -> backend.renew(renewals))
                .subscribe(
                        result -> settle(unanswered, result, mark),
                        e -> unanswered.values().forEach(lease -> lease.renewalFailed(e)));
    }

    private static void settle(Map<Holder, HeldLease> unanswered, RenewalResult result, LeaseClock.Mark mark) {
        HeldLease lease = unanswered.remove(result.holder());
        if (lease != null) {
            lease.renewalAnswered(result.held(), mark);
        }
    }
}
