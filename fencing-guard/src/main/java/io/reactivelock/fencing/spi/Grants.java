package io.reactivelock.fencing.spi;

import io.reactivelock.LockRequest;
import io.reactivelock.fencing.StaleTokenException;
import java.util.function.Function;

/**
 * One grant of the few that a call may take until the storage accepts the token. An advance that is refused means that the lock's
 * backend has lost its counter: the lock is released and acquired again, with a token above the one that the storage knows.
 *
 * <pre>{@code
 * <T> Mono<T> grant(Grants grants, Function<Lease, Mono<T>> work) {
 *     return locks.withLock(grants.request(), lease -> advance(lease).onErrorMap(grants::advanceFailed).then(work.apply(lease)))
 *             .onErrorResume(error -> grants.failed(error, next -> grant(next, work), Mono::error));
 * }
 * }</pre>
 *
 * <p>Immutable.
 */
public final class Grants {
    private final LockRequest request;
    private final int left;

    Grants(LockRequest request, int left) {
        this.request = request;
        this.left = left;
    }

    /** Returns what to acquire. */
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
    public <R> R failed(Throwable error, Function<Grants, R> again, Function<Throwable, R> end) {
        if (!(error instanceof AdvanceRefused refused)) {
            return end.apply(error);
        }
        return left == 1
                ? end.apply(refused.stale)
                : again.apply(new Grants(request.tokenAbove(refused.stale.highest()), left - 1));
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
