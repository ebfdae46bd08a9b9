/**
 * The storage guard for PostgreSQL 13 and newer, by R2DBC. It keeps the highest token of every resource in the table {@code
 * fencing_guard}, in the same database as the data.
 *
 * <pre>{@code
 * R2dbcFencingGuard guard = R2dbcFencingGuard.create(pool);
 * guard.createSchema();                                  // once at start, or fencing_guard.sql by a migration tool
 *
 * // acquire, advance, work, release; the token travels in the Reactor Context
 * Mono<Long> booked = guard.withLock(locks, LockRequest.of("account:7"), lease ->
 *         readOrder().flatMap(order -> guard.update(
 *                 "UPDATE account SET balance = balance - $1 WHERE id = $2",
 *                 statement -> statement.bind("$1", order.amount()).bind("$2", 7))));
 *
 * // several statements in one transaction
 * Mono<Receipt> receipt = guard.write(connection -> debit(connection).then(log(connection)));
 *
 * // once, however often it is repeated after an unknown outcome
 * Mono<Receipt> paid = guard.writeOnce("payment:81", connection -> debit(connection).then(log(connection)));
 *
 * // in a transaction of one's own: first of all, and outside of savepoints
 * Mono<Void> checked = guard.check(connection);
 * }</pre>
 *
 * <p>A table can be made to insist: {@link io.reactivelock.fencing.r2dbc.R2dbcFencingGuard#enforce} lets it refuse whatever did not
 * pass the guard, whoever sends it. What a call can end with is said in {@code io.reactivelock.fencing}.
 */
@NullMarked
package io.reactivelock.fencing.r2dbc;

import org.jspecify.annotations.NullMarked;
