/**
 * The storage guard: a write of a holder whose time is over is refused by the database itself. For PostgreSQL 13 and newer, by R2DBC.
 *
 * <p>A lock alone cannot do this. A process can be paused between its last look at the lease and its write, for longer than the lease
 * lasts; when it goes on, another one is the holder. So every grant carries a fencing token, higher than all before it, and the guard
 * keeps the highest one that it has seen in the table {@code fencing_guard}, in the same database as the data.
 *
 * <pre>{@code
 * FencingGuard guard = FencingGuard.create(pool);
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
 *
 * // with numbers from elsewhere: an etcd revision, a ZooKeeper zxid
 * Mono<Void> advanced = guard.advance("account:7", new FencingToken(zxid, holder));
 * }</pre>
 *
 * <p>A table can be made to insist: {@link io.reactivelock.fencing.FencingGuard#enforce} lets it refuse whatever did not pass the
 * guard, whoever sends it.
 *
 * <p>What a call can end with, split by what the caller can do:
 *
 * <ul>
 *   <li>{@link io.reactivelock.fencing.StaleTokenException}: a later holder is at work. Stop, or acquire again.
 *   <li>{@link io.reactivelock.fencing.FencingGuardException}, transient: nothing was written; try again.
 *   <li>the same, outcome unknown: the reply to the commit was lost, or came with the warning that no standby has confirmed it. Try
 *       again with writes of which a second one does no harm: by {@code writeOnce}, or values that are set rather than added to.
 *   <li>the same, permanent: something is to be repaired; the message says what.
 *   <li>errors of one's own SQL and work, as they are.
 * </ul>
 */
@NullMarked
package io.reactivelock.fencing;

import org.jspecify.annotations.NullMarked;
