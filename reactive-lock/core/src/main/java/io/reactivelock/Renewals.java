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
 * each of its rounds; of very many only so much that the backend stays free for other requests, and the rest a moment later. A lease
 * that gets no answer comes back by its own timer.
 */
final class Renewals {
    private static final int MAX_PER_ROUND = 1_000;
    private static final long NEXT_ROUND_NANOS = 10_000_000;

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
        int count = Math.min(due.size(), MAX_PER_ROUND);
        Map<Holder, HeldLease> unanswered = new ConcurrentHashMap<>();
        List<Renewal> renewals = new ArrayList<>(count);
        for (HeldLease lease : due.subList(0, count)) {
            Renewal renewal = lease.renewal();
            unanswered.put(renewal.holder(), lease);
            renewals.add(renewal);
        }
        List<HeldLease> later = due.subList(count, due.size());
        due = new ArrayList<>();
        later.forEach(lease -> lease.renewIn(NEXT_ROUND_NANOS));
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
