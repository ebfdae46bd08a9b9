package io.reactivelock.spring.actuate;

import io.reactivelock.LockObserver.AcquireEnd;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What has happened to the locks of one group. Of a job: how often it ran here and was skipped, when last, and how long it took. */
final class GroupActivity {
    /** Guarded by this, as all. */
    private long acquired;

    private long busy;
    private long timedOut;
    private long cancelled;
    private long failed;
    private long released;
    private long lost;
    private @Nullable Instant lastAcquired;
    private @Nullable Instant lastBusy;
    private @Nullable Duration lastHeldFor;

    /**
     * A view of it.
     *
     * @param busy tries that found the lock held: jobs that were skipped
     */
    record Summary(
            String group,
            long acquired,
            long busy,
            long timedOut,
            long cancelled,
            long failed,
            long released,
            long lost,
            @Nullable Instant lastAcquired,
            @Nullable Instant lastBusy,
            @Nullable Duration lastHeldFor) {}

    synchronized void acquired(Instant now) {
        acquired++;
        lastAcquired = now;
    }

    synchronized void ended(AcquireEnd end, Instant now) {
        switch (end) {
            case BUSY -> {
                busy++;
                lastBusy = now;
            }
            case TIMED_OUT -> timedOut++;
            case CANCELLED -> cancelled++;
            case FAILED -> failed++;
        }
    }

    synchronized void released(Duration held) {
        released++;
        lastHeldFor = held;
    }

    synchronized void lost(Duration held) {
        lost++;
        lastHeldFor = held;
    }

    synchronized Summary summary(String group) {
        return new Summary(
                group,
                acquired,
                busy,
                timedOut,
                cancelled,
                failed,
                released,
                lost,
                lastAcquired,
                lastBusy,
                lastHeldFor);
    }
}
