package io.reactivelock;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Hears what a {@link LockClient} does: for metrics, traces and logs. Given by {@link LockClientOptions#observer}.
 *
 * <p>Every method does nothing unless it is overridden. Calls come on whatever thread the event happened on, event loops and the
 * client's timer among them, outside of any monitor: do not block. Several may come at once. What a method throws is logged and
 * changes nothing. Events carry lock names; a name is often one of very many, so a metric better takes a group of them for its tag.
 *
 * <p>Each acquire is started once and ends once: by {@link #acquireGranted} or {@link #acquireEnded}. Each granted lease ends once: by
 * {@link #leaseReleased} or {@link #leaseLost}.
 */
public interface LockObserver {
    /** Hears nothing. */
    LockObserver NONE = new LockObserver() {};

    /** One subscription of an acquire. The same object in each of its events. */
    interface Acquire {
        /** {@return the lock name} */
        String name();

        /** {@return the group under which it is counted} See {@link LockRequest#group}. */
        String group();

        /** {@return the holder of its token, if it gets one} */
        Holder holder();

        /** {@return how long ago it was subscribed to} */
        Duration elapsed();

        /** {@return whether it has found the lock held, and waited} */
        boolean isQueued();
    }

    /** How a lock came to a lease. */
    enum GrantPath {
        /** By an attempt at the backend. */
        ATTEMPT,
        /** By the release of another client, which the backend's signal told. */
        HAND_OFF,
        /** By a release inside this client, without the backend. */
        LOCAL_HAND_OFF
    }

    /** How an acquire ended without a lease. */
    enum AcquireEnd {
        /** Someone else had the lock, and this one did not wait. */
        BUSY,
        /** Someone else had the lock until the deadline. */
        TIMED_OUT,
        /** Its subscription was cancelled. */
        CANCELLED,
        /** An error, which the event carries. */
        FAILED
    }

    /**
     * One round of renewals, as it was answered.
     *
     * @param leases how many leases it renewed together
     * @param renewed how many of them go on
     * @param lost how many the backend knows no longer
     * @param failed how many got no answer; they are tried again
     * @param took from the request to the last answer
     */
    record RenewalRound(int leases, int renewed, int lost, int failed, Duration took) {}

    /**
     * An acquire was subscribed to.
     *
     * @param acquire which
     */
    default void acquireStarted(Acquire acquire) {}

    /**
     * An acquire found the lock held, and waits from now on. Told once of each acquire that {@link Acquire#isQueued() is queued} when it
     * is granted or ends, and of no other, so that a count of those who wait adds up.
     *
     * @param acquire which
     */
    default void acquireQueued(Acquire acquire) {}

    /**
     * An acquire got its lease. Called before its subscriber is.
     *
     * @param acquire which
     * @param lease what it got
     * @param path how
     */
    default void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {}

    /**
     * An acquire ended without a lease.
     *
     * @param acquire which
     * @param end how
     * @param error the error that its subscriber gets, where it gets one
     */
    default void acquireEnded(Acquire acquire, AcquireEnd end, @Nullable Throwable error) {}

    /**
     * A lease was released by its holder while it was valid. Whether the backend confirms that is not known yet.
     *
     * @param lease which
     * @param held for how long it was held
     */
    default void leaseReleased(Lease lease, Duration held) {}

    /**
     * A lease was lost. {@link LeaseLoss#noticedAfter()} says how late that was noticed.
     *
     * @param lease which
     * @param loss why
     * @param held for how long it was held
     */
    default void leaseLost(Lease lease, LeaseLoss loss, Duration held) {}

    /**
     * A lease is reachable no more, though it was not released: it is not renewed from here on. Told before its end, which follows.
     *
     * @param lease which
     */
    default void leaseDropped(Lease lease) {}

    /**
     * A round of renewals was answered, or failed.
     *
     * @param round its size and outcome
     */
    default void renewalRound(RenewalRound round) {}
}
