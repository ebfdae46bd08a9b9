package io.reactivelock.vertx;

import io.reactivelock.LeaseLostException;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spi.LockBackend;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * Takes locks for Vert.x: a {@link LockClient} whose results are {@link Future}s on the caller's context. One client serves a whole
 * application; it is safe for use by several threads and verticles.
 *
 * <pre>{@code
 * VertxLockClient locks = VertxLockClient.create(vertx, RedisLockBackend.create("redis://localhost"));
 *
 * Future<Receipt> receipt = locks.withLock(LockRequest.of("order:42"), lease -> charge(order));
 * }</pre>
 *
 * <p>Every call is an attempt of its own and begins at once. Null arguments throw at call time; all else arrives as a failed future.
 *
 * <p><b>Threads.</b> Every result and every callback arrives on the context from which the call was made, event loop, worker or
 * virtual thread, duplicated contexts with their local data included. A call from any other thread gets the context that {@link
 * Vertx#getOrCreateContext()} gives to that thread: one on an event loop of this Vertx. No call blocks; to create a client, and a
 * backend, reads the system's source of random numbers once.
 *
 * <p><b>Life.</b> A future cannot be cancelled; so what a context began ends with the context's verticle. On undeploy, acquires
 * that wait fail with {@link LockClientDisposedException} and leave no lock; leases are lost with
 * {@link io.reactivelock.LeaseLoss.Reason#DISPOSED} and released, and the undeploy waits for that, at most {@link
 * LockClientOptions#disposeTimeout()}. What was begun on a context without a verticle ends so with the Vertx.
 */
public final class VertxLockClient {
    private final VertxInternal vertx;
    private final LockClient locks;
    /** What ends with this client. */
    final CloseFuture ends = new CloseFuture();

    private VertxLockClient(Vertx vertx, LockClient locks) {
        this.vertx = (VertxInternal) Objects.requireNonNull(vertx, "vertx");
        this.locks = Objects.requireNonNull(locks, "locks");
    }

    /**
     * A client with a lock client of its own, with default options.
     *
     * @param vertx whose contexts the results arrive on
     * @param backend where the locks are stored; closed with the client, which closes only what the backend itself opened
     * @return the client; it closes with the verticle that creates it, or with the Vertx where none does
     */
    public static VertxLockClient create(Vertx vertx, LockBackend backend) {
        return create(vertx, backend, LockClientOptions.defaults());
    }

    /**
     * A client with a lock client of its own.
     *
     * @param vertx whose contexts the results arrive on
     * @param backend where the locks are stored; closed with the client, which closes only what the backend itself opened
     * @param options how the client waits and runs
     * @return the client; it closes with the verticle that creates it, or with the Vertx where none does
     */
    public static VertxLockClient create(Vertx vertx, LockBackend backend, LockClientOptions options) {
        Objects.requireNonNull(vertx, "vertx");
        VertxLockClient client = create(vertx, LockClient.create(backend, options));
        client.onEnd(done -> client.locks.close().subscribe(nothing -> {}, done::fail, done::succeed));
        return client;
    }

    /**
     * A client over a lock client that others use, too: they share connections, queues and the renewal.
     *
     * @param vertx whose contexts the results arrive on
     * @param locks stays the caller's: not disposed with this client
     * @return the client; it closes with the verticle that creates it, or with the Vertx where none does
     */
    public static VertxLockClient create(Vertx vertx, LockClient locks) {
        VertxLockClient client = new VertxLockClient(vertx, locks);
        ContextInternal creator = client.vertx.getContext();
        CloseFuture owner = creator == null ? client.vertx.closeFuture() : creator.closeFuture();
        if (!owner.add(client.ends)) {
            client.ends.close();
        }
        return client;
    }

    private void onEnd(Closeable end) {
        if (!ends.add(end)) {
            end.close(Promise.promise());
        }
    }

    /**
     * Tries once.
     *
     * <p>Completes with the lease, or empty when someone else holds the lock. Fails with {@link LockBackendException} if no answer
     * came within the wait time, and with {@link LockClientDisposedException}.
     *
     * @param request what to lock
     * @return the lease, or empty when someone else holds the lock
     */
    public Future<Optional<VertxLease>> tryAcquire(LockRequest request) {
        return call(
                request,
                hold -> locks.tryAcquire(request)
                        .map(lease -> Optional.of(hold.granted(lease)))
                        .defaultIfEmpty(Optional.empty()));
    }

    /**
     * Tries until the deadline: now plus the request's wait time.
     *
     * <p>Fails with {@link LockTimeoutException} when someone else held the lock until the deadline, with {@link
     * LockBackendException} when the backend was in trouble at the deadline or will stay so, and with
     * {@link LockClientDisposedException} when this client, the caller's verticle or the Vertx was closed first. Whoever fails holds
     * nothing.
     *
     * @param request what to lock
     * @return the lease
     */
    public Future<VertxLease> acquire(LockRequest request) {
        return call(request, hold -> locks.acquire(request).map(hold::granted));
    }

    /**
     * Acquires, works, releases.
     *
     * <p>{@link #acquire Acquires}, then calls the function on the caller's context. Completes with the work's value after the release
     * has been tried: work that ended while the lease was valid yields its value whatever becomes of the release. If the lease is
     * lost first, also by an undeploy or a close, the result is {@link LeaseLostException} at once; the work's future cannot be
     * cancelled, so work that takes long should watch {@link VertxLease#lost()}, and what it writes should pass a fencing guard.
     * Other failures are those of {@code acquire} and of the work, a thrown exception included.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the value
     * @return the work's value
     */
    public <T> Future<T> withLock(LockRequest request, Function<? super VertxLease, ? extends Future<T>> work) {
        Objects.requireNonNull(work, "work");
        return call(request, hold -> locks.withLock(request, lease -> hold.work(hold.granted(lease), work)));
    }

    /**
     * The same as {@link #withLock}, if the lock is free: tries once, and completes empty without a call of the function where someone
     * else holds it; empty also where the work's value is {@code null}.
     *
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the value
     * @return the work's value, or empty when someone else holds the lock
     */
    public <T> Future<Optional<T>> tryWithLock(
            LockRequest request, Function<? super VertxLease, ? extends Future<T>> work) {
        Objects.requireNonNull(work, "work");
        return call(
                request,
                hold -> locks.tryWithLock(
                                request,
                                lease -> hold.work(
                                        hold.granted(lease),
                                        granted -> work.apply(granted).map(Optional::ofNullable)))
                        .defaultIfEmpty(Optional.empty()));
    }

    /**
     * Opens the connections that the first acquire would have to open, whose time would count against its wait time. Completes when
     * the backend can be used; optional, repeatable. Fails with {@link LockBackendException}; then the first acquire tries again. Not
     * bounded.
     *
     * @return completion
     */
    public Future<Void> connect() {
        return call(locks.connect());
    }

    /**
     * Asks whether the backend can be reached, for a health check. Takes no lock and changes nothing. Completes with the answer, fails
     * with {@link LockBackendException} if none came in time.
     *
     * @param within how long to wait, at least 1 ms
     * @return completion
     */
    public Future<Void> ping(Duration within) {
        return call(locks.ping(within));
    }

    /**
     * Ends this client.
     *
     * <p>Acquires that wait fail with {@link LockClientDisposedException}, held leases are lost with
     * {@link io.reactivelock.LeaseLoss.Reason#DISPOSED} and released, later calls are refused. Completes when the releases were
     * answered, each awaited no longer than {@link LockClientOptions#disposeTimeout()}, and what this client opened has closed. Never
     * fails, repeatable.
     *
     * @return completion
     */
    public Future<Void> close() {
        Promise<Void> closed = vertx.getOrCreateContext().promise();
        ends.close().onComplete(ended -> closed.complete());
        return closed.future();
    }

    private Future<Void> call(Mono<Void> question) {
        Promise<Void> answered = vertx.getOrCreateContext().promise();
        question.subscribe(new Answer<>(answered));
        return answered.future();
    }

    private <T> Future<T> call(LockRequest request, Function<Hold<T>, Mono<T>> attempt) {
        Objects.requireNonNull(request, "request");
        Hold<T> hold = new Hold<>(
                vertx.getOrCreateContext(),
                request.name(),
                ends,
                locks.options().disposeTimeout());
        return hold.begin(attempt.apply(hold));
    }
}
