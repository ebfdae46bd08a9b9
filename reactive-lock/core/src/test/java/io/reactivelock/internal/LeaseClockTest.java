package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/** B10: both clocks, read by a thread that is preempted between any two reads. */
class LeaseClockTest {
    private static final long MARGIN = TimeUnit.MILLISECONDS.toNanos(5);

    private final Clocks clocks = new Clocks();
    private final LeaseClock clock = new LeaseClock(clocks, true);

    /** Two clocks that go at one rate, but for a machine that is suspended: only the wall clock sees that. */
    private static final class Clocks implements Scheduler {
        private long nanos;
        private long suspended;
        private int reads;
        private int preemptedAfter = -1;
        private long preemption;

        /** After so many reads from now, for so long. */
        void preempt(int after, long duration) {
            reads = 0;
            preemptedAfter = after;
            preemption = duration;
        }

        @Override
        public long now(TimeUnit unit) {
            long now = unit == TimeUnit.MILLISECONDS ? (nanos + suspended) / 1_000_000 : nanos;
            if (reads++ == preemptedAfter) {
                nanos += preemption;
            }
            return now;
        }

        @Override
        public Disposable schedule(Runnable task) {
            return Disposables.disposed();
        }

        @Override
        public Worker createWorker() {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void noPreemptionBetweenTwoReadsIsTakenForASuspension() {
        for (int stampAt = 0; stampAt < 6; stampAt++) {
            for (int lookAt = 0; lookAt < 3; lookAt++) {
                clocks.preempt(stampAt, TimeUnit.SECONDS.toNanos(1));
                LeaseClock.Timestamp sent = clock.timestamp();
                clocks.preempt(lookAt, TimeUnit.SECONDS.toNanos(1));
                assertThat(clock.suspendedSince(sent, MARGIN))
                        .describedAs("preempted after read %d, then %d", stampAt, lookAt)
                        .isFalse();
            }
        }
    }

    @Test
    void aPreemptionAsTheStampIsTakenHidesNoSuspension() {
        clocks.preempt(0, TimeUnit.SECONDS.toNanos(1));
        LeaseClock.Timestamp sent = clock.timestamp();
        clocks.suspended += MARGIN + 2_000_000;

        assertThat(clock.suspendedSince(sent, MARGIN)).isTrue();
    }

    @Test
    void theMomentIsThatBeforeTheFirstRead() {
        clocks.preempt(0, TimeUnit.SECONDS.toNanos(1));
        assertThat(clock.timestamp().nanos()).isZero();
    }
}
