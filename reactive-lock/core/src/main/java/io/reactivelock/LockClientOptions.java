package io.reactivelock;

import io.reactivelock.internal.Durations;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * How a {@link LockClient} waits and runs. Immutable; every setter returns a changed copy.
 */
@CheckReturnValue
public final class LockClientOptions {
    private static final Duration MIN = Duration.ofMillis(1);
    private static final LockClientOptions DEFAULTS = new LockClientOptions(new Values());

    private final Values values;

    private LockClientOptions(Values values) {
        this.values = values;
    }

    /** What is changed in a copy, before that is handed out, and never after. */
    private static final class Values implements Cloneable {
        Duration minBackOff = Duration.ofMillis(20);
        Duration maxBackOff = Duration.ofSeconds(1);
        int maxWaiters = 100_000;
        int localHandOffLeases = 100;
        Duration localHandOffTime = Duration.ofMillis(50);
        Duration disposeTimeout = Duration.ofSeconds(5);
        boolean suspendDetection = true;
        boolean acquireSites;

        @Nullable
        Scheduler scheduler;

        @Nullable
        Scheduler deliveryScheduler;

        LockObserver observer = LockObserver.NONE;

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private LockClientOptions with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new LockClientOptions(changed);
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
        if (shortest.compareTo(longest) > 0) {
            throw new IllegalArgumentException("the shortest back-off is at most the longest one ("
                    + Durations.text(longest) + "), not " + Durations.text(shortest));
        }
        return with(values -> {
            values.minBackOff = shortest;
            values.maxBackOff = longest;
        });
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
        return with(values -> values.maxWaiters = value);
    }

    /**
     * For how long one grant of the backend may serve waiters of this client, one after another: a release hands the lock to the
     * next of them without the backend, each with a higher token, until so many leases had it or so much time has passed since the
     * grant. Where others wait at the backend, a tenth of both holds. Default 100 leases and 50 ms. More: a hot lock is faster
     * within this client, and other clients wait longer for it; 1 lease: every hand-off goes through the backend.
     * Who releases is told first, and then the next one is, on the same thread, unless {@link #deliveryScheduler} says otherwise: what
     * the first does there at once holds up the second.
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
        return with(values -> {
            values.localHandOffLeases = leases;
            values.localHandOffTime = time;
        });
    }

    /**
     * How long {@link LockClient#close()} waits for releases to be answered. Default 5 s.
     *
     * @param value at least 1 ms
     * @return a changed copy
     */
    public LockClientOptions disposeTimeout(Duration value) {
        Durations.require("dispose timeout", value, MIN);
        return with(values -> values.disposeTimeout = value);
    }

    /**
     * Does not take a wall clock that ran ahead of the monotonic clock for a suspended machine. Then a forward step of the clock
     * costs no lease, and a machine that was suspended finds out at its next renewal only.
     *
     * @return a changed copy
     */
    public LockClientOptions withoutSuspendDetection() {
        return with(values -> values.suspendDetection = false);
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
     * @throws IllegalArgumentException if it takes no task with a delay, as {@code Schedulers.immediate()} and one that was disposed do
     *     not
     */
    public LockClientOptions scheduler(Scheduler value) {
        Objects.requireNonNull(value, "scheduler");
        try {
            value.schedule(() -> {}, 1, TimeUnit.DAYS).dispose();
        } catch (RejectedExecutionException e) {
            throw new IllegalArgumentException("the scheduler takes tasks with a delay, unlike " + value, e);
        }
        return with(values -> values.scheduler = value);
    }

    /**
     * Where leases are delivered: the operators behind an acquire, and the work of {@code withLock}, begin on this scheduler. By default
     * a lease is delivered on the thread on which it came: the backend's I/O thread, a signal thread, or the thread of whoever released
     * inside this client. That saves a change of threads, and has a price: work that blocks there, or computes for long, keeps up the
     * others on that thread, though no renewal. Where it takes no more tasks, a lease is delivered as by default. Never disposed by the
     * client.
     *
     * @param value the scheduler
     * @return a changed copy
     */
    public LockClientOptions deliveryScheduler(Scheduler value) {
        Objects.requireNonNull(value, "delivery scheduler");
        return with(values -> values.deliveryScheduler = value);
    }

    /**
     * Remembers where each acquire was written, for the warning of a lease that was dropped without a release. Costs a walk of the stack
     * for each acquire: for tests, and for the search of such a place.
     *
     * @return a changed copy
     */
    public LockClientOptions withAcquireSites() {
        return with(values -> values.acquireSites = true);
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
        return with(values -> values.observer = value);
    }

    /** {@return the bound of the first delay between two attempts} */
    public Duration minBackOff() {
        return values.minBackOff;
    }

    /** {@return the bound of every delay between two attempts} */
    public Duration maxBackOff() {
        return values.maxBackOff;
    }

    /** {@return how many acquires may wait at a time} */
    public int maxWaiters() {
        return values.maxWaiters;
    }

    /** {@return how many leases of this client may have the lock under one grant of the backend} */
    public int localHandOffLeases() {
        return values.localHandOffLeases;
    }

    /** {@return for how long one grant of the backend may serve one lease of this client after another} */
    public Duration localHandOffTime() {
        return values.localHandOffTime;
    }

    /** {@return how long a dispose waits for releases} */
    public Duration disposeTimeout() {
        return values.disposeTimeout;
    }

    /** {@return whether a wall clock that ran ahead counts as a suspended machine} */
    public boolean suspendDetection() {
        return values.suspendDetection;
    }

    /** {@return the scheduler that was set, or empty for the client's own} */
    public Optional<Scheduler> scheduler() {
        return Optional.ofNullable(values.scheduler);
    }

    /** {@return the scheduler on which leases are delivered, or empty for the thread on which they came} */
    public Optional<Scheduler> deliveryScheduler() {
        return Optional.ofNullable(values.deliveryScheduler);
    }

    /** {@return whether it is remembered where each acquire was written} */
    public boolean acquireSites() {
        return values.acquireSites;
    }

    /** {@return who hears what the client does} */
    public LockObserver observer() {
        return values.observer;
    }
}
