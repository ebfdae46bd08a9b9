package io.reactivelock.mutiny;

import io.reactivelock.CheckReturnValue;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spi.LockBackend;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.Function;

/**
 * A {@link LockClient} for Mutiny. One client serves a whole application; it is safe for use by several threads.
 *
 * <p>Every subscription is an attempt of its own, with a new holder and a new token, so {@code onFailure().retry()} does what it says.
 * Bad arguments throw at call time; all else arrives as an item or a failure. Items arrive on the backend's I/O thread, or on the
 * client's signal threads, and the function of {@link #withLock} is called there: do not block there, but go on by {@code emitOn} and
 * {@code runSubscriptionOn}.
 *
 * <pre>{@code
 * MutinyLockClient locks = MutinyLockClient.create(RedisLockBackend.create("redis://localhost"));
 *
 * Uni<Receipt> receipt = locks.withLock(LockRequest.of("order:42"), lease -> charge(order));
 * }</pre>
 */
@CheckReturnValue
public interface MutinyLockClient {
    /**
     * A client with the default options.
     *
     * @param backend where the locks are stored; closed with the client, which closes only what the backend itself opened
     * @return the client
     */
    static MutinyLockClient create(LockBackend backend) {
        return create(LockClient.create(backend));
    }

    /**
     * A client over another one, which may have options and may be used beside it.
     *
     * @param client what does the work; closed with this client
     * @return the client
     */
    static MutinyLockClient create(LockClient client) {
        return new ReactorLockClient(client);
    }

    /**
     * Tries once, as {@link LockClient#tryAcquire}: the item is the lease, or null when someone else holds the lock. Cancel and
     * failures are those of {@link #acquire}.
     *
     * @param request what to lock; its wait time bounds the wait for the backend's answer
     * @return the lease, or null
     */
    Uni<MutinyLease> tryAcquire(LockRequest request);

    /**
     * Tries until the deadline, as {@link LockClient#acquire}: the item is the lease. The deadline is the time of the subscription plus
     * the request's wait time, so there is no need of {@code ifNoItem().after(..)}.
     *
     * <p>A cancel before the item leaves no lock behind. From the item on, the lease is its subscriber's, and a cancel changes nothing.
     * An operator can drop it on the way: {@code emitOn()} and {@code chain()} as they are cancelled, {@code Uni.combine()} as another
     * part fails or is first, {@code ifNoItem()} as its time is over at that very moment. A lease that nobody can reach any more is not
     * renewed, and a warning names it; until then it stays held. So let the lease go straight to the function that uses it, or use {@link
     * #withLock}, where no lease passes through an operator.
     *
     * <p>Fails with {@link LockTimeoutException} at the deadline, {@link LockBackendException} when the backend was in trouble at the
     * deadline or will stay so, and {@link LockClientDisposedException} once the client is closed.
     *
     * @param request what to lock
     * @return the lease
     */
    Uni<MutinyLease> acquire(LockRequest request);

    /**
     * Acquires, works, releases, as {@link LockClient#withLock}: the item is that of the work, null too, after the release has been
     * tried. The function is called for each subscription that got the lock; its work finds the lease in its Mutiny
     * {@link MutinyLease#current context}.
     *
     * <p>A cancel cancels the work, then releases. If the lease is lost first, the work is cancelled and the failure is
     * {@link LeaseLostException}; other failures are those of {@link #acquire} and of the work. What the function throws, or a null
     * that it returns, is a failure too.
     *
     * <p>The context of the work is a copy: it has the entries of the subscriber's context, and what the work adds is not seen outside.
     * It also has the entries of the Reactor Context, under the same keys. A Reactor chain inside the work finds the lease if the
     * entries are written to its context; the converters of Mutiny do not do so.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the item
     * @return the work's item
     */
    <T> Uni<T> withLock(LockRequest request, Function<? super MutinyLease, Uni<? extends T>> work);

    /**
     * The same as {@link #withLock}, if the lock is free, as {@link LockClient#tryWithLock}: tries once, and the item is null without a
     * call of the function where someone else holds it.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the item
     * @return the work's item, or null
     */
    <T> Uni<T> tryWithLock(LockRequest request, Function<? super MutinyLease, Uni<? extends T>> work);

    /**
     * The same as {@link #withLock} for work with many items, as {@link LockClient#withLockMany}. Items and demand pass through as they
     * come; the end of the stream waits for the release to have been tried.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the items
     * @return the work's items
     */
    <T> Multi<T> withLockMany(LockRequest request, Function<? super MutinyLease, Multi<? extends T>> work);

    /**
     * Opens the connections that the first acquire would have to open, as {@link LockClient#connect}: optional, repeatable, not bounded.
     * The item is null and comes when the backend can be used. Fails with {@link LockBackendException}; a cancel ends only the wait.
     *
     * @return completion
     */
    Uni<Void> connect();

    /**
     * Asks whether the backend can be reached, as {@link LockClient#ping}: for a health check; takes no lock and changes nothing. The item
     * is null. Fails with {@link LockBackendException} if no answer came in time; a cancel ends only the wait.
     *
     * @param within how long to wait, at least 1 ms
     * @return completion
     */
    Uni<Void> ping(Duration within);

    /**
     * Ends this client and the one beneath it, as {@link LockClient#close}. On the first subscription waiting acquires fail with
     * {@link LockClientDisposedException}, held leases are lost with {@link LeaseLoss.Reason#DISPOSED} and released, later calls are
     * refused. The item is null and comes when the releases were answered, within a bound; then no timer and no thread of this client is
     * left. Never fails, repeatable; a cancel ends only the wait.
     *
     * @return completion
     */
    Uni<Void> close();
}
