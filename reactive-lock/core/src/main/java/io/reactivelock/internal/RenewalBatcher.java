package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;

/**
 * Leases that are due together are renewed together. Collects on the timer thread, where nothing else runs, and sends at the end of
 * each of its rounds; of very many only so much that the backend stays free for other requests, and the rest a moment later. A lease
 * that gets no answer comes back by its own timer.
 */
final class RenewalBatcher {
    private static final int MAX_PER_ROUND = 1_000;
    private static final long NEXT_ROUND_NANOS = 10_000_000;

    private final LockBackend backend;
    private final LeaseClock clock;
    private final Consumer<Runnable> elsewhere;
    private List<DefaultLease> due = new ArrayList<>();

    private final Queue<Runnable> releases = new ConcurrentLinkedQueue<>();

    /** From before the look at the leases until their renewals are with the backend. */
    private volatile boolean sending;

    /**
     * @param backend where renewals go
     * @param clock the clock of the leases
     * @param elsewhere runs what may call user code, which must not be on the timer thread
     */
    RenewalBatcher(LockBackend backend, LeaseClock clock, Consumer<Runnable> elsewhere) {
        this.backend = backend;
        this.clock = clock;
        this.elsewhere = elsewhere;
    }

    void add(DefaultLease lease) {
        due.add(lease);
    }

    /**
     * Sends the release of a lease that has ended. A renewal never follows its lease's release: either the round that sends it begins
     * after the lease ended, and sees that; or the release sees the round, and goes behind it. It waits for no answer. // B5
     */
    void release(Runnable send) {
        if (!sending) {
            send.run();
            return;
        }
        releases.add(send);
        if (!sending) {
            sendReleases(); // the round may have ended before it was there
        }
    }

    private void sendReleases() {
        for (Runnable next = releases.poll(); next != null; next = releases.poll()) {
            elsewhere.accept(next);
        }
    }

    void flush() {
        if (due.isEmpty()) {
            return;
        }
        sending = true;
        try {
            send();
        } finally {
            sending = false;
            sendReleases();
        }
    }

    private void send() {
        due.removeIf(lease -> !lease.isHeld());
        if (due.isEmpty()) {
            return;
        }
        int count = Math.min(due.size(), MAX_PER_ROUND);
        Map<Holder, DefaultLease> unanswered = new ConcurrentHashMap<>();
        List<Renewal> renewals = new ArrayList<>(count);
        for (DefaultLease lease : due.subList(0, count)) {
            Renewal renewal = lease.renewal();
            unanswered.put(renewal.holder(), lease);
            renewals.add(renewal);
        }
        List<DefaultLease> later = due.subList(count, due.size());
        due = new ArrayList<>();
        later.forEach(lease -> lease.renewIn(NEXT_ROUND_NANOS));
        LeaseClock.Timestamp mark = clock.mark();
        // defer: what a backend throws at call time is one more failed renewal, and must not end the timer
        Flux.defer(() -> backend.renew(renewals))
                .subscribe(
                        result -> settle(unanswered, result, mark),
                        e -> unanswered.values().forEach(lease -> lease.renewalFailed(e)));
    }

    private static void settle(Map<Holder, DefaultLease> unanswered, RenewalResult result, LeaseClock.Timestamp mark) {
        DefaultLease lease = unanswered.remove(result.holder());
        if (lease != null) {
            lease.renewalAnswered(result.held(), mark);
        }
    }
}
