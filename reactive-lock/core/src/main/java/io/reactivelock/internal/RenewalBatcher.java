package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockObserver.RenewalRound;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Renews leases together that are due together. Collects on the timer thread, where nothing else runs, and sends at the end of each
 * of its rounds. Of very many leases it sends so much that the backend stays free for other requests, and the rest a moment later: each
 * lease is looked at once. A lease that gets no answer comes back by its own timer.
 */
final class RenewalBatcher {
    private static final int MAX_PER_ROUND = 1_000;
    private static final long NEXT_ROUND_NANOS = 10_000_000;

    private final LockBackend backend;
    private final LeaseClock clock;
    private final ReleaseGate gate;
    private final Observation observation;
    /** In the order in which they were due, each once. Used by the timer thread alone, as the next. */
    private final Set<Renewable> due = new LinkedHashSet<>();

    private final TimerEntry nextRound = new NextRound();
    private long notBefore;

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
    }

    RenewalBatcher(LockBackend backend, LeaseClock clock, ReleaseGate gate, Observation observation) {
        this.backend = backend;
        this.clock = clock;
        this.gate = gate;
        this.observation = observation;
        notBefore = clock.nanos();
    }

    /** Adds a lease to the round. On the timer thread. */
    void add(Renewable lease) {
        due.add(lease);
    }

    /** Sends the round, and sees to it that the next one follows. On the timer thread. */
    void flush(TimerQueue timers) {
        if (due.isEmpty() || clock.nanos() - notBefore < 0) {
            return;
        }
        gate.renew(this::send);
        if (!due.isEmpty()) {
            notBefore = clock.nanos() + NEXT_ROUND_NANOS;
            timers.schedule(nextRound, notBefore);
        }
    }

    private void send() {
        Map<Holder, Renewable> unanswered = new ConcurrentHashMap<>();
        List<Renewal> renewals = new ArrayList<>(Math.min(due.size(), MAX_PER_ROUND));
        Iterator<Renewable> first = due.iterator();
        while (first.hasNext() && renewals.size() < MAX_PER_ROUND) {
            Renewable lease = first.next();
            first.remove();
            if (lease.isHeld()) {
                Renewal renewal = lease.renewal();
                unanswered.put(renewal.holder(), lease);
                renewals.add(renewal);
            }
        }
        if (renewals.isEmpty()) {
            return;
        }
        LeaseClock.Timestamp sent = clock.timestamp();
        // what a backend throws is one more failed renewal, and must not end the timer
        Flux<RenewalResult> results = ForeignCode.flux(() -> backend.renew(renewals));
        (observation.isObserved() ? observed(results, renewals.size(), sent) : results)
                .subscribe(
                        result -> settle(unanswered, result, sent),
                        e -> failed(unanswered, e),
                        () -> failed(unanswered, null));
    }

    /** Those that got no result: the outcome is unknown. */
    private static void failed(Map<Holder, Renewable> unanswered, @Nullable Throwable error) {
        unanswered
                .values()
                .forEach(lease -> lease.renewalFailed(
                        error == null ? BackendErrors.silent(lease.renewal().name(), "a renewal") : error));
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

    /** Wakes the timer, at the end of whose round the next renewals are sent. */
    private static final class NextRound extends TimerEntry {
        @Override
        void onDue(long now) {
            // the round follows
        }

        @Override
        void onDispose() {
            // leases are told themselves
        }

        @Override
        void onClose() {
            // as above
        }
    }

    private static void settle(Map<Holder, Renewable> unanswered, RenewalResult result, LeaseClock.Timestamp sent) {
        Renewable lease = unanswered.remove(result.holder());
        if (lease != null) {
            lease.renewalAnswered(result, sent);
        }
    }
}
