package io.reactivelock;

import io.reactivelock.internal.Durations;
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
            Duration.ofMillis(20),
            Duration.ofSeconds(1),
            100_000,
            100,
            Duration.ofMillis(50),
            Duration.ofSeconds(5),
            true,
            null,
            LockObserver.NONE);

    private final Duration minBackOff;
    private final Duration maxBackOff;
    private final int maxWaiters;
    private final int localHandOffLeases;
    private final Duration localHandOffTime;
    private final Duration disposeTimeout;
    private final boolean suspendDetection;
    private final @Nullable Scheduler scheduler;
    private final LockObserver observer;

    private LockClientOptions(
            Duration minBackOff,
            Duration maxBackOff,
            int maxWaiters,
            int localHandOffLeases,
            Duration localHandOffTime,
            Duration disposeTimeout,
            boolean suspendDetection,
            @Nullable Scheduler scheduler,
            LockObserver observer) {
        this.minBackOff = minBackOff;
        this.maxBackOff = maxBackOff;
        this.maxWaiters = maxWaiters;
        this.localHandOffLeases = localHandOffLeases;
        this.localHandOffTime = localHandOffTime;
        this.disposeTimeout = disposeTimeout;
        this.suspendDetection = suspendDetection;
        this.scheduler = scheduler;
        this.observer = observer;
        if (minBackOff.compareTo(maxBackOff) > 0) {
            throw new IllegalArgumentException("the shortest back-off is at most the longest one ("
                    + Durations.text(maxBackOff) + "), not " + Durations.text(minBackOff));
        }
    }

    /** {@return the defaults} */
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
        return new LockClientOptions(
                shortest,
                longest,
                maxWaiters,
                localHandOffLeases,
                localHandOffTime,
                disposeTimeout,
                suspendDetection,
                scheduler,
                observer);
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
        return new LockClientOptions(
                minBackOff,
                maxBackOff,
                value,
                localHandOffLeases,
                localHandOffTime,
                disposeTimeout,
                suspendDetection,
                scheduler,
                observer);
    }

    /**
     * For how long one grant of the backend may serve waiters of this client, one after another: a release hands the lock to the
     * next of them without the backend, each with a higher token, until so many leases had it or so much time has passed since the
     * grant. Where others wait at the backend, a tenth of both holds. Default 100 leases and 50 ms. More: a hot lock is faster
     * within this client, and other clients wait longer for it; 1 lease: every hand-off goes through the backend.
     * Who releases is told first, and then the next one is, on the same thread: what the first does there at once holds up the second.
     *
     * @param leases 1 or more
     * @param time at least 1 ms
     * @return a changed copy
     */
    public LockClientOptions localHandOff(int leases, Duration time) {
        if (leases < 1) {
            throw new IllegalArgumentException("the number of leases of one grant is 1 or more, not " + leases);
        }
        Durations.require("time of local hand-off", time, MIN);
        return new LockClientOptions(
                minBackOff,
                maxBackOff,
                maxWaiters,
                leases,
                time,
                disposeTimeout,
                suspendDetection,
                scheduler,
                observer);
    }

    /**
     * How long {@link LockClient#close()} waits for releases to be answered. Default 5 s.
     *
     * @param value at least 1 ms
     * @return a changed copy
     */
    public LockClientOptions disposeTimeout(Duration value) {
        Durations.require("dispose timeout", value, MIN);
        return new LockClientOptions(
                minBackOff,
                maxBackOff,
                maxWaiters,
                localHandOffLeases,
                localHandOffTime,
                value,
                suspendDetection,
                scheduler,
                observer);
    }

    /**
     * Does not take a wall clock that ran ahead of the monotonic clock for a suspended machine. Then a forward step of the clock
     * costs no lease, and a machine that was suspended finds out at its next renewal only.
     *
     * @return a changed copy
     */
    public LockClientOptions withoutSuspendDetection() {
        return new LockClientOptions(
                minBackOff,
                maxBackOff,
                maxWaiters,
                localHandOffLeases,
                localHandOffTime,
                disposeTimeout,
                false,
                scheduler,
                observer);
    }

    /**
     * The clock, timer and signal threads of the client: time is this scheduler's {@code now(NANOSECONDS)}, and its
     * {@code now(MILLISECONDS)} is taken for the wall clock. By default the client has daemon threads of its own: one for its
     * timer, and a few that deliver signals, to which more are added where code that blocks keeps them; so neither slow user code nor a
     * shared pool that is full delays a renewal, a deadline or a loss. Tests pass a {@code VirtualTimeScheduler}. Never disposed by the
     * client.
     *
     * @param value the scheduler; where user code can block its threads, renewal can be late
     * @return a changed copy
     */
    public LockClientOptions scheduler(Scheduler value) {
        Objects.requireNonNull(value, "scheduler");
        return new LockClientOptions(
                minBackOff,
                maxBackOff,
                maxWaiters,
                localHandOffLeases,
                localHandOffTime,
                disposeTimeout,
                suspendDetection,
                value,
                observer);
    }

    /**
     * Hears what the client does, for metrics, traces and logs. Default {@link LockObserver#NONE}, which costs nothing. One that blocks
     * delays what the client does.
     *
     * @param value the observer
     * @return a changed copy
     */
    public LockClientOptions observer(LockObserver value) {
        Objects.requireNonNull(value, "observer");
        return new LockClientOptions(
                minBackOff,
                maxBackOff,
                maxWaiters,
                localHandOffLeases,
                localHandOffTime,
                disposeTimeout,
                suspendDetection,
                scheduler,
                value);
    }

    /** {@return the bound of the first delay between two attempts} */
    public Duration minBackOff() {
        return minBackOff;
    }

    /** {@return the bound of every delay between two attempts} */
    public Duration maxBackOff() {
        return maxBackOff;
    }

    /** {@return how many acquires may wait at a time} */
    public int maxWaiters() {
        return maxWaiters;
    }

    /** {@return how many leases of this client may have the lock under one grant of the backend} */
    public int localHandOffLeases() {
        return localHandOffLeases;
    }

    /** {@return for how long one grant of the backend may serve one lease of this client after another} */
    public Duration localHandOffTime() {
        return localHandOffTime;
    }

    /** {@return how long a dispose waits for releases} */
    public Duration disposeTimeout() {
        return disposeTimeout;
    }

    /** {@return whether a wall clock that ran ahead counts as a suspended machine} */
    public boolean suspendDetection() {
        return suspendDetection;
    }

    /** {@return the scheduler that was set, or empty for the client's own} */
    public Optional<Scheduler> scheduler() {
        return Optional.ofNullable(scheduler);
    }

    /** {@return who hears what the client does} */
    public LockObserver observer() {
        return observer;
    }
}
