package io.reactivelock.demo;

import io.reactivelock.Lease;
import java.util.concurrent.atomic.LongAdder;

/** What one worker counts in one mode. Safe for use by several threads. */
final class Counters {
    private final LongAdder staleWritesRejected = new LongAdder();
    private final LongAdder handOffs = new LongAdder();
    private final LongAdder renewals = new LongAdder();
    private final LongAdder leasesLost = new LongAdder();
    private final Latencies acquires = new Latencies();
    private final Latencies notices = new Latencies();

    void staleWriteRejected() {
        staleWritesRejected.increment();
    }

    void handedOff() {
        handOffs.increment();
    }

    void renewed() {
        renewals.increment();
    }

    void acquired(long nanos) {
        acquires.recordNanos(nanos);
    }

    /** Counts the loss of this lease, if it comes to that. */
    void watch(Lease lease) {
        lease.lost().subscribe(loss -> {
            leasesLost.increment();
            notices.recordNanos(loss.noticedAfter().toNanos());
        });
    }

    Tally tally() {
        return new Tally(
                staleWritesRejected.sum(), handOffs.sum(), renewals.sum(), leasesLost.sum(), acquires, notices);
    }
}
