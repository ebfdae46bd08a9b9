package io.reactivelock.fencing;

import io.reactivelock.LockRequest;
import java.util.Objects;
import java.util.function.Function;

/**
 * One grant of the few that a call may take until the storage accepts the token. An advance that is refused means that the lock's
 * backend has lost its counter: the lock is released and acquired again, with a token above the one that the storage knows. For
 * authors of a guard that does not implement {@link FencingGuard}, since its lock client is another one.
 *
 * <pre>{@code
 * <T> Future<T> withLock(LockRequest request, Function<Lease, Future<T>> work) {
 *     return grant(GrantRetry.first(request, options), work);
 * }
 *
 * <T> Future<T> grant(GrantRetry grant, Function<Lease, Future<T>> work) {
 *     return locks.withLock(
 *                     grant.request(),
 *                     lease -> advance(lease)
 *                             .recover(error -> Future.failedFuture(grant.advanceFailed(error)))
 *                             .compose(done -> work.apply(lease)))
 *             .recover(error -> grant.failed(error, next -> grant(next, work), Future::failedFuture));
 * }
 * }</pre>
 *
 * <p>Immutable.
 */
public final class GrantRetry {
    private final LockRequest request;
    private final int left;
    private final GuardObservation observation;

    private GrantRetry(LockRequest request, int left, GuardObservation observation) {
        this.request = request;
        this.left = left;
        this.observation = observation;
    }

    /**
     * The first grant of a call.
     *
     * @param request what to lock
     * @param options how many grants the call takes at most
     * @return the first grant
     */
    public static GrantRetry first(LockRequest request, FencingGuardOptions options) {
        return new GrantRetry(
                Objects.requireNonNull(request, "request"), options.grants(), GuardObservation.of(options));
    }

    /** {@return what to acquire} */
    public LockRequest request() {
        return request;
    }

    /**
     * Marks the refusal of the advance, to tell it from one that the work ends with.
     *
     * @param error what the advance ended with
     * @return what to end the work under the lock with
     */
    public Throwable advanceFailed(Throwable error) {
        return error instanceof StaleTokenException stale ? new AdvanceRefused(stale) : error;
    }

    /**
     * Decides whether to acquire again.
     *
     * @param error what the call under the lock ended with
     * @param again goes on with the next grant
     * @param end ends with an error
     * @param <R> the result of either
     * @return the result of the one that was called
     */
    public <R> R failed(Throwable error, Function<GrantRetry, R> again, Function<Throwable, R> end) {
        if (!(error instanceof AdvanceRefused refused)) {
            return end.apply(error);
        }
        if (left == 1) {
            return end.apply(refused.stale);
        }
        observation.retried(refused.stale);
        return again.apply(new GrantRetry(request.tokenAbove(refused.stale.highest()), left - 1, observation));
    }

    private static final class AdvanceRefused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final StaleTokenException stale;

        AdvanceRefused(StaleTokenException stale) {
            super(stale.getMessage(), stale, false, false);
            this.stale = stale;
        }
    }
}
