package io.reactivelock.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockObserver.AcquireEnd;
import io.reactivelock.LockObserver.GrantPath;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** The meters of one value of the tag {@code lock}, registered once, so that an event only counts. */
final class LockMeters {
    private final Timer acquired;
    private final Map<AcquireEnd, Timer> ended = new EnumMap<>(AcquireEnd.class);
    private final Timer released;
    private final Timer lost;
    private final Timer dropped;
    private final Map<LeaseLoss.Reason, Counter> losses;
    private final Counter localHandOffs;
    private final Counter backendHandOffs;
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();

    LockMeters(Meters meters, String lock) {
        acquired = meters.timer(LockMeterDocumentation.ACQUIRE, lock, "acquired");
        for (AcquireEnd end : AcquireEnd.values()) {
            ended.put(end, meters.timer(LockMeterDocumentation.ACQUIRE, lock, outcome(end)));
        }
        released = meters.timer(LockMeterDocumentation.HOLD, lock, "released");
        lost = meters.timer(LockMeterDocumentation.HOLD, lock, "lost");
        dropped = meters.timer(LockMeterDocumentation.HOLD, lock, "dropped");
        losses = Meters.each(
                LeaseLoss.Reason.class, reason -> meters.counter(LockMeterDocumentation.LOST, lock, reason));
        localHandOffs = meters.counter(LockMeterDocumentation.HANDOFFS, lock, "local");
        backendHandOffs = meters.counter(LockMeterDocumentation.HANDOFFS, lock, "backend");
        meters.gauge(LockMeterDocumentation.HELD, () -> atLeastZero(held), lock);
        meters.gauge(LockMeterDocumentation.WAITING, () -> atLeastZero(waiting), lock);
    }

    private static String outcome(AcquireEnd end) {
        return switch (end) {
            case BUSY -> "busy";
            case TIMED_OUT -> "timeout";
            case CANCELLED -> "cancelled";
            case FAILED -> "error";
        };
    }

    /** An end can be told on one thread while its beginning is still being told on another. */
    private static long atLeastZero(AtomicLong count) {
        return Math.max(0, count.get());
    }

    void queued() {
        waiting.incrementAndGet();
    }

    void acquired(Duration took, boolean waited, GrantPath path) {
        acquired.record(took);
        stopWaiting(waited);
        held.incrementAndGet();
        switch (path) {
            case ATTEMPT -> {}
            case HAND_OFF -> backendHandOffs.increment();
            case LOCAL_HAND_OFF -> localHandOffs.increment();
        }
    }

    void ended(AcquireEnd end, Duration took, boolean waited) {
        Objects.requireNonNull(ended.get(end)).record(took);
        stopWaiting(waited);
    }

    private void stopWaiting(boolean waited) {
        if (waited) {
            waiting.decrementAndGet();
        }
    }

    void released(Duration time) {
        held.decrementAndGet();
        released.record(time);
    }

    void lost(LeaseLoss.Reason reason, Duration time, boolean wasDropped) {
        held.decrementAndGet();
        (wasDropped ? dropped : lost).record(time);
        Objects.requireNonNull(losses.get(reason)).increment();
    }
}
