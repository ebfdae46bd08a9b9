package io.reactivelock;

import io.reactivelock.internal.DefaultLockClient;
import io.reactivelock.spi.LockBackend;
import java.time.Duration;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes locks on one backend. One client serves a whole application; it is safe for use by several threads.
 *
 * <p>Every subscription is an attempt of its own, with a new holder and a new token, so {@code retry} and {@code repeat} do what
 * they say. Bad arguments throw at call time; all else arrives as a signal. Values arrive on the backend's I/O thread, or on the
 * client's signal threads; do not block there.
 *
 * <pre>{@code
 * LockClient locks = LockClient.create(RedisLockBackend.create("redis://localhost"));
 *
 * Mono<Receipt> receipt = locks.withLock(LockRequest.of("order:42"), lease -> charge(order));
 * }</pre>
 */
@CheckReturnValue
public interface LockClient {
    /**
     * A client with the default options.
     *
     * @param backend where the locks are stored; closed with the client, which closes only what the backend itself opened
     * @return the client
     */
    static LockClient create(LockBackend backend) {
        return create(backend, LockClientOptions.defaults());
    }

    /**
     * A client.
     *
     * @param backend where the locks are stored; closed with the client, which closes only what the backend itself opened
     * @param options how the client waits and runs
     * @return the client
     */
    static LockClient create(LockBackend backend, LockClientOptions options) {
        return new DefaultLockClient(backend, options);
    }

    /**
     * Tries once.
     *
     * <p>On subscription, sends one attempt. Emits the lease, or completes empty when someone else holds the lock. A cancel before
     * that leaves no lock: a grant that meets it is given back. From the emission on, the lease is its subscriber's, and a cancel changes
     * nothing, for an operator that took the lease cancels as one does that dropped it. What an operator drops on the way
     * ({@code timeout} in a race, {@code publishOn} as it is cancelled, {@code zip} as another source fails) tells {@code
     * doOnDiscard(Lease.class, lease -> lease.release().subscribe())} at best; a lease that nobody can reach any more is not renewed, and
     * a warning names it. {@link #tryWithLock} and {@link #withLock} have no such gap.
     *
     * <p>Errors with {@link LockBackendException} if no answer came within the wait time, with {@link LockClientDisposedException}, and at
     * once with {@link IllegalStateException} where this chain holds the lock already.
     *
     * @param request what to lock
     * @return the lease, or empty when someone else holds the lock
     */
    Mono<Lease> tryAcquire(LockRequest request);

    /**
     * Tries until the deadline: subscription time plus the request's wait time.
     *
     * <p>On subscription, sends the first attempt; where the lock is held, waits for the backend's notification and tries again,
     * at the latest after a delay that grows from one attempt to the next. Never empty. Cancel: as in {@link #tryAcquire}.
     * Errors with {@link LockTimeoutException} when someone else held the lock until the deadline, with
     * {@link LockBackendException} when the backend was in trouble at the deadline or will stay so, with {@link
     * LockClientDisposedException}, and at once with {@link IllegalStateException} where the Reactor Context shows that this chain
     * holds the lock already: it would wait for itself. A lease time that the backend cannot keep throws at call time.
     *
     * @param request what to lock
     * @return the lease
     */
    Mono<Lease> acquire(LockRequest request);

    /**
     * Acquires, works, releases.
     *
     * <p>On subscription, {@link #acquire acquires}; then calls the function and subscribes to what it returns, with the lease in
     * the Reactor Context (see {@link Lease#current}). Emits the work's value, or completes empty as the work does, after the
     * release has been tried: work that ended while the lease was valid yields its value whatever becomes of the release.
     * A cancel cancels the work, then releases. If the lease is lost first, the work is cancelled and the result is
     * {@link LeaseLostException}; other errors are those of {@code acquire} and of the work.
     *
     * <p>All that needs the lock belongs into the function: an operator behind this call runs when the lock is free again. Work with
     * many values goes by {@link #withLockMany}.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the value
     * @return the work's value
     */
    <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work);

    /**
     * The same as {@link #withLock}, if the lock is free: {@link #tryAcquire tries once}, and completes empty without a call of the
     * function where someone else holds it. What the work returns tells the two apart where that matters: a value means that it ran.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the value
     * @return the work's value, or empty when someone else holds the lock
     */
    <T> Mono<T> tryWithLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work);

    /**
     * The same as {@link #withLock} for work with many values. Values pass through as they come; the end of the sequence waits for
     * the release to have been tried. An operator behind this call that works on another thread, as {@code publishOn} does, may get
     * its last values when the lock is free again: it belongs into the function, too.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the values
     * @return the work's values
     */
    <T> Flux<T> withLockMany(LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work);

    /**
     * The same as {@link #withLockMany}, if the lock is free: {@link #tryAcquire tries once}, and completes empty without a call of the
     * function where someone else holds it.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the values
     * @return the work's values, or none when someone else holds the lock
     */
    <T> Flux<T> tryWithLockMany(LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work);

    /** {@return the options that this client was made with} */
    LockClientOptions options();

    /**
     * Opens the connections that the first acquire would have to open, whose time would count against its wait time.
     *
     * <p>On subscription, connects. Completes when the backend can be used; optional, idempotent. Errors with {@link
     * LockBackendException}; then the first acquire tries again. Not bounded: add a {@code timeout} or a {@code retry}. A cancel ends
     * only the wait.
     *
     * @return completion
     */
    Mono<Void> connect();

    /**
     * Asks whether the backend can be reached, for a health check.
     *
     * <p>On subscription, asks. Takes no lock and changes nothing. Completes with the answer, errors with {@link LockBackendException}
     * if none came in time. A cancel ends only the wait.
     *
     * @param within how long to wait, at least 1 ms
     * @return completion
     */
    Mono<Void> ping(Duration within);

    /**
     * Ends this client.
     *
     * <p>On the first subscription: waiting acquires end with {@link LockClientDisposedException}, held leases are lost with
     * {@link LeaseLoss.Reason#DISPOSED} and released, later calls are refused. Completes when the releases were answered and
     * the backend has closed, each awaited no longer than {@link LockClientOptions#disposeTimeout()}; then no timer and no thread
     * of this client is left. Never errors, idempotent; a cancel ends only the wait.
     *
     * @return completion
     */
    Mono<Void> close();
}
