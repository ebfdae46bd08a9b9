/**
 * The lock as Mutiny has it: {@code Uni} and {@code Multi} in place of {@code Mono} and {@code Flux}, over the same client.
 *
 * <pre>{@code
 * MutinyLockClient locks = MutinyLockClient.create(RedisLockBackend.create("redis://localhost"));
 *
 * // scoped: acquire, work, release; the work is cancelled if the lease is lost
 * Uni<Receipt> scoped = locks.withLock(LockRequest.of("order:42"), lease -> charge(order, lease.token()));
 *
 * // the same for many items
 * Multi<Row> rows = locks.withLockMany(LockRequest.of("import"), lease -> copyRows());
 *
 * // by hand
 * Uni<Receipt> manual = locks.acquire(LockRequest.of("order:42"))
 *         .chain(lease -> charge(order, lease.token()).onTermination().call(lease::release));
 *
 * // one attempt: null when someone else holds the lock
 * Uni<Boolean> once = locks.tryAcquire(LockRequest.of("nightly"))
 *         .chain(lease -> lease == null ? Uni.createFrom().item(false) : runThenRelease(lease));
 *
 * // deeper in the chain the lease is in the Mutiny context
 * Uni<Long> token = Uni.createFrom().context(context -> Uni.createFrom()
 *         .item(MutinyLease.current(context).orElseThrow().token().value()));
 *
 * // at the end of the application
 * locks.close().await().indefinitely();
 * }</pre>
 *
 * <p>Prefer {@code withLock}: Mutiny's operators may drop an item without telling its source (see
 * {@link io.reactivelock.mutiny.MutinyLockClient#acquire}), and in a scope no lease passes through them.
 */
@NullMarked
package io.reactivelock.mutiny;

import org.jspecify.annotations.NullMarked;
