package io.reactivelock.fencing;

import io.reactivelock.CheckReturnValue;
import java.time.Duration;
import java.util.Objects;

/** How long a {@link FencingGuard} waits, and who hears of it. Immutable; every setter returns a changed copy. */
@CheckReturnValue
public final class FencingGuardOptions {
    private static final Duration MIN = Duration.ofMillis(1);
    private static final Duration MAX = Duration.ofDays(1);
    private static final FencingGuardOptions DEFAULTS = new FencingGuardOptions(
            Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(30), 3, FencingGuardObserver.NONE);

    private final Duration lockTimeout;
    private final Duration idleInTransactionTimeout;
    private final Duration replyTimeout;
    private final int grants;
    private final FencingGuardObserver observer;

    private FencingGuardOptions(
            Duration lockTimeout,
            Duration idleInTransactionTimeout,
            Duration replyTimeout,
            int grants,
            FencingGuardObserver observer) {
        this.lockTimeout = lockTimeout;
        this.idleInTransactionTimeout = idleInTransactionTimeout;
        this.replyTimeout = replyTimeout;
        this.grants = grants;
        this.observer = observer;
        if (replyTimeout.compareTo(lockTimeout) <= 0) {
            throw new IllegalArgumentException(
                    "the reply timeout is longer than the lock timeout (" + lockTimeout + "), not " + replyTimeout);
        }
    }

    /** {@return the defaults} */
    public static FencingGuardOptions defaults() {
        return DEFAULTS;
    }

    /**
     * How long the server lets a guarded transaction, an update or an advance wait for a row lock: {@code lock_timeout}, for the
     * whole of that transaction. Default 5 s. Where the session has a lock time-out of its own, that one stays. Too short, and an
     * advance gives up while an earlier holder's last write is being committed; too long, and a hanging one stops its successor for
     * as long.
     *
     * @param value from 1 ms, less than the reply timeout
     * @return a changed copy
     */
    public FencingGuardOptions lockTimeout(Duration value) {
        return new FencingGuardOptions(
                require("lock timeout", value), idleInTransactionTimeout, replyTimeout, grants, observer);
    }

    /**
     * After what time without a statement the server ends a guarded transaction, together with its connection:
     * {@code idle_in_transaction_session_timeout}. Default 30 s. Where the session has one of its own, that one stays. A holder
     * that was paused in a transaction stops its successors for this long; work that waits for something else between two
     * statements for longer than this is cut off.
     *
     * @param value from 1 ms
     * @return a changed copy
     */
    public FencingGuardOptions idleInTransactionTimeout(Duration value) {
        return new FencingGuardOptions(
                lockTimeout, require("idle-in-transaction timeout", value), replyTimeout, grants, observer);
    }

    /**
     * How long the guard waits for a connection, and for the reply to each statement that it sends, {@code update} included; not for
     * the work of {@code write}. Default 30 s. It is there for a network that swallows replies; a connection that did not answer is
     * closed. Too short, and slow updates end with an unknown outcome.
     *
     * @param value longer than the lock timeout
     * @return a changed copy
     */
    public FencingGuardOptions replyTimeout(Duration value) {
        return new FencingGuardOptions(
                lockTimeout, idleInTransactionTimeout, require("reply timeout", value), grants, observer);
    }

    /**
     * How many grants {@code withLock} takes at most until the storage accepts one's token. Default 3. More than one is needed only
     * after the lock's backend lost its counter.
     *
     * @param value 1 or more
     * @return a changed copy
     */
    public FencingGuardOptions grants(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("the number of grants is 1 or more, not " + value);
        }
        return new FencingGuardOptions(lockTimeout, idleInTransactionTimeout, replyTimeout, value, observer);
    }

    /**
     * Who hears what the guard does. Default {@link FencingGuardObserver#NONE}, which costs nothing.
     *
     * @param value the observer
     * @return a changed copy
     */
    public FencingGuardOptions observer(FencingGuardObserver value) {
        return new FencingGuardOptions(
                lockTimeout, idleInTransactionTimeout, replyTimeout, grants, Objects.requireNonNull(value, "observer"));
    }

    /** {@return how long a row lock is waited for} */
    public Duration lockTimeout() {
        return lockTimeout;
    }

    /** {@return after what time without a statement a guarded transaction is ended} */
    public Duration idleInTransactionTimeout() {
        return idleInTransactionTimeout;
    }

    /** {@return how long a connection and a reply are waited for} */
    public Duration replyTimeout() {
        return replyTimeout;
    }

    /** {@return how many grants {@code withLock} takes at most} */
    public int grants() {
        return grants;
    }

    /** {@return who hears what the guard does} */
    public FencingGuardObserver observer() {
        return observer;
    }

    private static Duration require(String what, Duration value) {
        Objects.requireNonNull(value, what);
        if (value.compareTo(MIN) < 0 || value.compareTo(MAX) > 0) {
            throw new IllegalArgumentException("the " + what + " is from " + MIN + " to " + MAX + ", not " + value);
        }
        return value;
    }
}
