package io.reactivelock;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * How a {@link LockClient} waits and runs. Immutable; every setter returns a changed copy.
 */
public final class LockClientOptions {
    private static final Duration MIN = Duration.ofMillis(1);
    private static final LockClientOptions DEFAULTS = new LockClientOptions(
            Duration.ofMillis(20), Duration.ofSeconds(1), 100_000, Duration.ofSeconds(5), true, null);

    private final Duration minBackOff;
    private final Duration maxBackOff;
    private final int maxWaiters;
    private final Duration disposeTimeout;
    private final boolean suspendDetection;
    private final @Nullable Scheduler scheduler;

    private LockClientOptions(
            Duration minBackOff,
            Duration maxBackOff,
            int maxWaiters,
            Duration disposeTimeout,
            boolean suspendDetection,
            @Nullable Scheduler scheduler) {
        this.minBackOff = minBackOff;
        this.maxBackOff = maxBackOff;
        this.maxWaiters = maxWaiters;
        this.disposeTimeout = disposeTimeout;
        this.suspendDetection = suspendDetection;
        this.scheduler = scheduler;
        if (minBackOff.compareTo(maxBackOff) > 0) {
            throw new IllegalArgumentException("the shortest back-off is at most the longest one ("
                    + Durations.text(maxBackOff) + "), not " + Durations.text(minBackOff));
        }
    }

    /** Returns the defaults. */
    public static LockClientOptions defaults() {
        return DEFAULTS;
    }

    /**
     * The range of the delay between two attempts of one acquire. The delay is random between nothing and a bound that doubles
     * from the shortest to the longest (full jitter); where the backend notifies waiters, the longest is what a lost notification
     * costs. Default 20 ms to 1 s. Shorter: more load on the backend; longer: later after a failure.
     *
     * @param shortest at least 1 ms
     * @param longest at least the shortest
     * @return a changed copy
     */
    public LockClientOptions backOff(Duration shortest, Duration longest) {
        Durations.require("shortest back-off", shortest, MIN);
        Durations.require("longest back-off", longest, MIN);
        return new LockClientOptions(shortest, longest, maxWaiters, disposeTimeout, suspendDetection, scheduler);
    }

    /**
     * How many acquires may wait at a time; one more fails at once with {@link LockBackendException} rather than fill the memory.
     * Default 100,000.
     *
     * @param value 1 or more
     * @return a changed copy
     */
    public LockClientOptions maxWaiters(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("the number of waiters is 1 or more, not " + value);
        }
        return new LockClientOptions(minBackOff, maxBackOff, value, disposeTimeout, suspendDetection, scheduler);
    }

    /**
     * How long {@link LockClient#disposeLater()} waits for releases to be answered. Default 5 s.
     *
     * @param value at least 1 ms
     * @return a changed copy
     */
    public LockClientOptions disposeTimeout(Duration value) {
        Durations.require("dispose timeout", value, MIN);
        return new LockClientOptions(minBackOff, maxBackOff, maxWaiters, value, suspendDetection, scheduler);
    }

    /**
     * Does not take a wall clock that ran ahead of the monotonic clock for a suspended machine. Then a forward step of the clock
     * costs no lease, and a machine that was suspended finds out at its next renewal only.
     *
     * @return a changed copy
     */
    public LockClientOptions withoutSuspendDetection() {
        return new LockClientOptions(minBackOff, maxBackOff, maxWaiters, disposeTimeout, false, scheduler);
    }

    /**
     * The clock, timer and signal threads of the client: time is this scheduler's {@code now(NANOSECONDS)}, and its
     * {@code now(MILLISECONDS)} is taken for the wall clock. By default the client has a daemon thread of its own for its timer,
     * and delivers signals on {@code Schedulers.boundedElastic()}, so that slow user code delays no renewal. Tests pass a
     * {@code VirtualTimeScheduler}. Never disposed by the client.
     *
     * @param value the scheduler; where user code can block its threads, renewal can be late
     * @return a changed copy
     */
    public LockClientOptions scheduler(Scheduler value) {
        Objects.requireNonNull(value, "scheduler");
        return new LockClientOptions(minBackOff, maxBackOff, maxWaiters, disposeTimeout, suspendDetection, value);
    }

    /** Returns the bound of the first delay between two attempts. */
    public Duration minBackOff() {
        return minBackOff;
    }

    /** Returns the bound of every delay between two attempts. */
    public Duration maxBackOff() {
        return maxBackOff;
    }

    /** Returns how many acquires may wait at a time. */
    public int maxWaiters() {
        return maxWaiters;
    }

    /** Returns how long a dispose waits for releases. */
    public Duration disposeTimeout() {
        return disposeTimeout;
    }

    /** Returns whether a wall clock that ran ahead counts as a suspended machine. */
    public boolean suspendDetection() {
        return suspendDetection;
    }

    /** Returns the scheduler that was set, or empty for the client's own. */
    public Optional<Scheduler> scheduler() {
        return Optional.ofNullable(scheduler);
    }
}
