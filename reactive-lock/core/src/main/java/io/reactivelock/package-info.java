/**
 * A distributed lock for reactive Java: acquire without blocking, hold a lease that renews itself and says when it is lost, release
 * only what is one's own, and carry a fencing token to the storage.
 *
 * <p>{@link io.reactivelock.LockClient} and {@link io.reactivelock.Lease} are the whole story; the rest is values and errors.
 *
 * <pre>{@code
 * LockClient locks = LockClient.create(RedisLockBackend.create("redis://localhost"));
 *
 * // scoped: acquire, work, release; the work is cancelled if the lease is lost
 * Mono<Receipt> scoped = locks.withLock(LockRequest.of("order:42"), lease -> charge(order));
 *
 * // by hand: released however the work ends
 * Mono<Receipt> manual = Mono.usingWhen(
 *         locks.acquire(LockRequest.of("order:42")), lease -> charge(order), Lease::release);
 * }</pre>
 *
 * <p>A lock alone cannot keep a paused process from writing late. The storage can: see {@code io.reactivelock.fencing}.
 */
@NullMarked
package io.reactivelock;

import org.jspecify.annotations.NullMarked;
