package io.reactivelock.demo;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockObserver;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** What one worker counts in one mode. Safe for use by several threads. */
final class Counters implements LockObserver {
    private final LongAdder staleWritesRejected = new LongAdder();
    private final LongAdder handOffs = new LongAdder();
    private final LongAdder renewals = new LongAdder();
    private final LongAdder leasesLost = new LongAdder();
    private final Latencies acquires = new Latencies();
    private final Latencies notices = new Latencies();

    void staleWriteRejected() {
        staleWritesRejected.increment();
    }

    @Override
    public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
        if (acquire.isQueued()) {
            handOffs.increment();
        }
    }

    @Override
    public void leaseLost(Lease lease, LeaseLoss loss, Duration held) {
        leasesLost.increment();
        notices.recordNanos(loss.noticedAfter().toNanos());
    }

    @Override
    public void renewalRound(RenewalRound round) {
        renewals.add(round.renewed());
    }

    void acquired(long nanos) {
        acquires.recordNanos(nanos);
    }

    DemoTally tally() {
        return new DemoTally(
                staleWritesRejected.sum(), handOffs.sum(), renewals.sum(), leasesLost.sum(), acquires, notices);
    }
}
