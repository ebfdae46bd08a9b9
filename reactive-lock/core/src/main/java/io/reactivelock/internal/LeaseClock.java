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
    private final Scheduler scheduler;
    private final boolean suspendDetection;

    LeaseClock(Scheduler scheduler, boolean suspendDetection) {
        this.scheduler = scheduler;
        this.suspendDetection = suspendDetection;
    }

    long nanos() {
        return scheduler.now(TimeUnit.NANOSECONDS);
    }

    /** Taken before a request is sent: validity counts from here, whenever the reply is read. (A5) */
    Timestamp timestamp() {
        long nanos = nanos();
        return new Timestamp(nanos, wallAhead(nanos));
    }

    /** Whether the wall clock has run ahead of the monotonic one since then by more than the margin. */
    boolean suspendedSince(Timestamp earlier, long marginNanos) {
        return suspendDetection && wallAhead(nanos()) - earlier.wallAhead > marginNanos;
    }

    private long wallAhead(long nanos) {
        return TimeUnit.MILLISECONDS.toNanos(scheduler.now(TimeUnit.MILLISECONDS)) - nanos;
    }

    /**
     * A moment on both clocks.
     *
     * @param nanos the monotonic clock
     * @param wallAhead the wall clock less the monotonic one
     */
    record Timestamp(long nanos, long wallAhead) {}
}
