package io.reactivelock.fencing;

import io.reactivelock.CheckReturnValue;
import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Refuses writes of holders whose time is over. It keeps, for every resource, the highest fencing token that the storage has
 * accepted. This is what every guard has, whatever its storage; how to write through it is for the guard of a storage to say.
 *
 * <p>The order of things for a new holder: {@link #advance}, then read, then write. What was read before the advance may be changed
 * once more by the previous holder.
 *
 * <p>The guard knows no lock: any positive numbers that grow from holder to holder will do. It orders holders, not the concurrent
 * transactions of one holder.
 *
 * <p>For every method. Nothing happens before subscription; every subscription is a call of its own. Errors: {@link
 * StaleTokenException} when the token is refused, {@link FencingGuardException} when the guard could not do its work, with whether a
 * repeat may help and whether the outcome is unknown; errors of the user's own work pass through untouched. Bad arguments throw at
 * call time. Methods without a token take it, with the lock name as the resource, from the innermost lease in the Reactor Context, and
 * end in {@link IllegalStateException} where there is none. Results come on the driver's threads; do not block there.
 *
 * <p>One guard serves one storage; it is safe for use by several threads.
 */
@CheckReturnValue
public interface FencingGuard {
    /**
     * Makes the token the highest of its resource, in a committed transaction of its own. From then on no lower token passes, and
     * what lower ones wrote is committed and can be read. Waits for guarded transactions under way, up to the lock timeout.
     *
     * <p>Passes if the token is higher than the highest, or the same one of the same holder, so a repeat does no harm; after an
     * unknown outcome, repeat. A cancel after the statement was sent leaves it to take effect.
     *
     * @param resource what will be written: 1 to 512 characters
     * @param token the token of the grant
     * @return completion when the advance is committed
     */
    Mono<Void> advance(String resource, FencingToken token);

    /**
     * {@link #advance(String, FencingToken)} with the lease of the Context.
     *
     * @return completion when the advance is committed
     */
    default Mono<Void> advance() {
        return currentLease().flatMap(lease -> advance(lease.name(), lease.token()));
    }

    /** {@return how long this guard waits, and how many grants it takes} */
    FencingGuardOptions options();

    /**
     * The whole way: acquires the lock, advances its name as the resource, works with the lease in the Context, releases.
     *
     * <p>A refused advance means that the lock's backend has lost its counter: the lock is released and acquired again with a token
     * above the one that the storage knows, up to {@link FencingGuardOptions#grants()} times, each with the whole wait time; then it
     * ends in {@link StaleTokenException}. For value, cancel, loss of the lease and other errors see {@link LockClient#withLock}.
     *
     * @param locks where the lock is taken
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the value
     * @return the work's value
     */
    default <T> Mono<T> withLock(
            LockClient locks, LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        return new WholeWay(this, locks).one(GrantRetry.first(request, options()), work);
    }

    /**
     * {@link #withLock} for work with many values. A refused advance comes before the first of them, so none is emitted twice. For
     * values, demand, cancel and loss of the lease see {@link LockClient#withLockMany}.
     *
     * @param locks where the lock is taken
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the values
     * @return the work's values
     */
    default <T> Flux<T> withLockMany(
            LockClient locks, LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return new WholeWay(this, locks).many(GrantRetry.first(request, options()), work);
    }

    /**
     * Finds the lease that a call without a token takes: the innermost one of the Reactor Context. For authors of a guard.
     *
     * @return the lease; ends in {@link IllegalStateException} where there is none
     */
    static Mono<Lease> currentLease() {
        return Mono.deferContextual(context -> Mono.just(Lease.current(context)
                .orElseThrow(() -> new IllegalStateException(
                        "no lease in the Reactor Context: call this inside withLock, or pass resource and token"))));
    }
}
