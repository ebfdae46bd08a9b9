/**
 * Locks for Vert.x: {@code Future} on the caller's context.
 *
 * <p>{@link io.reactivelock.vertx.VertxLockClient} and {@link io.reactivelock.vertx.VertxLease} are the client of
 * {@code io.reactivelock}, whose {@code LockRequest}, {@code FencingToken} and exceptions they use.
 *
 * <pre>{@code
 * VertxLockClient locks = VertxLockClient.create(vertx, RedisLockBackend.create("redis://localhost"));
 *
 * // scoped: acquire, work, release
 * Future<Receipt> scoped = locks.withLock(LockRequest.of("order:42"), lease -> charge(order));
 *
 * // by hand
 * Future<Receipt> manual = locks.acquire(LockRequest.of("order:42"))
 *         .compose(lease -> charge(order).eventually(lease::release));
 * }</pre>
 *
 * <p>A future cannot be cancelled. In the place of a cancel stand the deadline ({@code LockRequest.waitTime}), {@code close()}, and
 * the undeploy of the verticle that made the call: each ends what waits, and gives back what is held.
 *
 * <p>Work that goes on after its lease was lost must not write. {@code VertxFencingGuard}, of the artifact
 * {@code vertx-adapter-pg-guard}, lets the database refuse it, by the Vert.x PostgreSQL client.
 *
 * <p>{@link io.reactivelock.vertx.VertxEventLoops} lets Lettuce run on the event loops of Vert.x.
 */
@NullMarked
package io.reactivelock.vertx;

import org.jspecify.annotations.NullMarked;
