package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockObserver.RenewalRound;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;

/**
 * Renews leases together that are due together. Collects on the timer thread, where nothing else runs, and sends at the end of each
 * of its rounds. Of very many leases it sends so much that the backend stays free for other requests, and the rest a moment later. A
 * lease that gets no answer comes back by its own timer.
 */
final class RenewalBatcher {
    private static final int MAX_PER_ROUND = 1_000;
    private static final long NEXT_ROUND_NANOS = 10_000_000;

    private final LockBackend backend;
    private final LeaseClock clock;
    private final ReleaseGate gate;
    private final Observation observation;
    private List<Renewable> due = new ArrayList<>();

    /** What is renewed: a lease. */
    interface Renewable {
        /** Whether it has neither been released nor lost, as far as noticed. */
        boolean isHeld();

        /** What to send. */
        Renewal renewal();

        /** The backend answered a renewal that was sent at that time. */
        void renewalAnswered(RenewalResult result, LeaseClock.Timestamp sent);

        /** A renewal failed, or nobody knows. */
        void renewalFailed(Throwable error);

        /** This round has no room for it. */
        void renewIn(long nanos);
    }

    RenewalBatcher(LockBackend backend, LeaseClock clock, ReleaseGate gate, Observation observation) {
        this.backend = backend;
        this.clock = clock;
        this.gate = gate;
        this.observation = observation;
    }

    /** Adds a lease to the round. On the timer thread. */
    void add(Renewable lease) {
        due.add(lease);
    }

    /** Sends the round. On the timer thread. */
    void flush() {
        if (!due.isEmpty()) {
            gate.renew(this::send);
        }
    }

    private void send() {
        due.removeIf(lease -> !lease.isHeld());
        if (due.isEmpty()) {
            return;
        }
        int count = Math.min(due.size(), MAX_PER_ROUND);
        Map<Holder, Renewable> unanswered = new ConcurrentHashMap<>();
        List<Renewal> renewals = new ArrayList<>(count);
        for (Renewable lease : due.subList(0, count)) {
            Renewal renewal = lease.renewal();
            unanswered.put(renewal.holder(), lease);
            renewals.add(renewal);
        }
        List<Renewable> later = due.subList(count, due.size());
        due = new ArrayList<>();
        later.forEach(lease -> lease.renewIn(NEXT_ROUND_NANOS));
        LeaseClock.Timestamp sent = clock.timestamp();
        // defer: what a backend throws at call time is one more failed renewal, and must not end the timer
        Flux<RenewalResult> results = Flux.defer(() -> backend.renew(renewals));
        (observation.isObserved() ? observed(results, count, sent) : results)
                .subscribe(
                        result -> settle(unanswered, result, sent),
                        e -> unanswered.values().forEach(lease -> lease.renewalFailed(e)));
    }

    private Flux<RenewalResult> observed(Flux<RenewalResult> results, int leases, LeaseClock.Timestamp sent) {
        AtomicInteger renewed = new AtomicInteger();
        AtomicInteger lost = new AtomicInteger();
        return results.doOnNext(result -> (result instanceof RenewalResult.Renewed ? renewed : lost).incrementAndGet())
                .doFinally(end -> observation.renewed(new RenewalRound(
                        leases,
                        renewed.get(),
                        lost.get(),
                        leases - renewed.get() - lost.get(),
                        Duration.ofNanos(clock.nanos() - sent.nanos()))));
    }

    private static void settle(Map<Holder, Renewable> unanswered, RenewalResult result, LeaseClock.Timestamp sent) {
        Renewable lease = unanswered.remove(result.holder());
        if (lease != null) {
            lease.renewalAnswered(result, sent);
        }
    }
}
