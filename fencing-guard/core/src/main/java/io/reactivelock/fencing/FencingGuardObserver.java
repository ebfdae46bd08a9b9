package io.reactivelock.fencing;

import io.reactivelock.FencingToken;
import java.time.Duration;

/**
 * Hears what a fencing guard does: for metrics, traces and logs. Given by {@link FencingGuardOptions#observer}.
 *
 * <p>Every method does nothing unless it is overridden. Calls come on whatever thread the event happened on, a driver's event loop
 * among them: do not block. Several may come at once. What a method throws is logged and changes nothing. Events carry resources; a
 * resource is often one of very many, so a metric better takes a group of them for its tag.
 */
public interface FencingGuardObserver {
    /** Hears nothing. */
    FencingGuardObserver NONE = new FencingGuardObserver() {};

    /**
     * A token became the highest of its resource, or was it already.
     *
     * @param resource what will be written
     * @param token the token
     * @param took from the call to the commit
     */
    default void advanced(String resource, FencingToken token, Duration took) {}

    /**
     * The storage refused a token: a write of a holder whose time is over, or an advance after the lock's backend lost its counter.
     * Told once for each exception, whatever calls it passes through.
     *
     * @param refusal the resource, the token presented and the highest one
     */
    default void refused(StaleTokenException refusal) {}

    /**
     * A call of {@code withLock} releases the lock and acquires it again with a token above the highest one. After {@link #refused}.
     *
     * @param refusal what the advance ended with
     */
    default void retried(StaleTokenException refusal) {}

    /**
     * The guard could not do its work. {@link FencingGuardException#kind()} says whether the outcome is unknown. Told once for each
     * exception, whatever calls it passes through; errors of the user's own work and SQL are not told.
     *
     * @param failure what the call ends with
     */
    default void failed(FencingGuardException failure) {}
}
