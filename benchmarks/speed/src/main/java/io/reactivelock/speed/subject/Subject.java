package io.reactivelock.speed.subject;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/** Who is measured. */
public enum Subject {
    /** {@code SET NX PX}, then {@code EVALSHA} of compare-and-delete, on one connection: the limit. No waiting, no renewal. */
    BARE_LETTUCE("bare Lettuce"),
    /** This project's client with its default options. */
    REACTIVE_LOCK("Reactive Lock"),
    /** {@code RLockReactive} with a thread id passed, renewed by its watchdog. */
    REDISSON("Redisson"),
    /** The same with {@code getFairLock}. */
    REDISSON_FAIR("Redisson, fair"),
    /** {@code RedisLockRegistry}, blocking and owned by threads, on threads of its own; woken by pub/sub. */
    SPRING_INTEGRATION("Spring Integration"),
    /** ShedLock's core on a storage that sends what its Redis providers send; blocking, single tries only. */
    SHEDLOCK("ShedLock core");

    /** How long a lock is kept without renewal. The same for all. */
    public static final Duration LEASE_TIME = Duration.ofSeconds(30);

    /** How long an acquire waits at most. The same for all that can wait. */
    public static final Duration WAIT_TIME = Duration.ofMinutes(2);

    private final String title;

    Subject(String title) {
        this.title = title;
    }

    /** Returns the name for tables and charts. */
    public String title() {
        return title;
    }

    /**
     * What was measured of this subject.
     *
     * @param measured by subject, this one among them
     * @param <T> type of what was measured
     * @return what stands there
     */
    public <T> T in(Map<Subject, T> measured) {
        return Objects.requireNonNull(measured.get(this), title);
    }

    /**
     * Opens a client with connections of its own.
     *
     * @param redis the {@code redis://} URI of the server
     * @return the client
     */
    public MeasuredLock open(String redis) {
        return open(redis, LEASE_TIME);
    }

    /**
     * Opens a client with connections of its own.
     *
     * @param redis the {@code redis://} URI of the server
     * @param leaseTime how long a lock is kept without renewal
     * @return the client
     */
    public MeasuredLock open(String redis, Duration leaseTime) {
        return switch (this) {
            case BARE_LETTUCE -> new BareLettuce(redis, leaseTime);
            case REACTIVE_LOCK -> new ReactiveLock(redis, leaseTime);
            case REDISSON -> Redisson.plain(redis, leaseTime);
            case REDISSON_FAIR -> Redisson.fair(redis, leaseTime);
            case SPRING_INTEGRATION -> new SpringIntegration(redis, leaseTime);
            case SHEDLOCK -> new ShedLock(redis, leaseTime);
        };
    }
}
