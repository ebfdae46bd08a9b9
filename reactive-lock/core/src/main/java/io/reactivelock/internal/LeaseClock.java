package io.reactivelock.internal;

import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/**
 * Both clocks of the client, read from the one scheduler that also drives the timer.
 *
 * <p>A scheduler's time in a unit finer than milliseconds is monotonic; in milliseconds it is the wall clock. The monotonic clock
 * stands still while the machine is suspended (Linux), the wall clock does not: so the wall clock may only end a lease, never
 * lengthen one. (B10, B11)
 */
final class LeaseClock {
    private static final long HIDES_AT_MOST_NANOS = 1_000_000;
    private static final int MAX_READS = 3;

    private final Scheduler scheduler;
    private final boolean suspendDetection;

    LeaseClock(Scheduler scheduler, boolean suspendDetection) {
        this.scheduler = scheduler;
        this.suspendDetection = suspendDetection;
    }

    long nanos() {
        return scheduler.now(TimeUnit.NANOSECONDS);
    }

    /**
     * Taken before a request is sent: validity counts from here, whenever the reply is read. (A5) The wall clock is read second, so
     * that a thread that is preempted in between finds the wall clock further ahead than it is: that hides a suspension as long as
     * the preemption, and makes none up. Where it hides more than a little, the clocks are read again.
     */
    Timestamp timestamp() {
        long first = nanos();
        if (!suspendDetection) {
            return new Timestamp(first, 0);
        }
        long nanos = first;
        for (int reads = 1; ; reads++) {
            long wall = wall();
            long after = nanos();
            if (after - nanos <= HIDES_AT_MOST_NANOS || reads == MAX_READS) {
                return new Timestamp(first, wall - nanos);
            }
            nanos = after;
        }
    }

    /**
     * Whether the wall clock has run ahead of the monotonic one since then by more than the margin. Here the wall clock is read first,
     * so that a preemption in between hides, too.
     */
    boolean suspendedSince(Timestamp earlier, long marginNanos) {
        if (!suspendDetection) {
            return false;
        }
        long wall = wall();
        return wall - nanos() - earlier.wallAhead > marginNanos;
    }

    private long wall() {
        return TimeUnit.MILLISECONDS.toNanos(scheduler.now(TimeUnit.MILLISECONDS));
    }

    /**
     * A moment on both clocks.
     *
     * @param nanos the monotonic clock
     * @param wallAhead the wall clock less the monotonic one, at that moment or a little later
     */
    record Timestamp(long nanos, long wallAhead) {}
}
