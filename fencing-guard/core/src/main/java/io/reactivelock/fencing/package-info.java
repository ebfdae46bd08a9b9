/**
 * The storage guard: a write of a holder whose time is over is refused by the storage itself. What is the same for every storage and
 * driver is here: the {@linkplain io.reactivelock.fencing.FencingGuard guard} as a lock's user sees it, its options, and what its
 * calls end with. {@code io.reactivelock.fencing.r2dbc} has the guard of PostgreSQL by R2DBC.
 *
 * <p>A lock alone cannot do this. A process can be paused between its last look at the lease and its write, for longer than the lease
 * lasts; when it goes on, another one is the holder. So every grant carries a fencing token, higher than all before it, and the guard
 * keeps the highest one that it has seen in the same storage as the data.
 *
 * <pre>{@code
 * // acquire, advance, work, release; the token travels in the Reactor Context
 * Mono<Receipt> booked = guard.withLock(locks, LockRequest.of("account:7"), lease -> readOrder().flatMap(this::book));
 *
 * // with numbers from elsewhere: an etcd revision, a ZooKeeper zxid
 * Mono<Void> advanced = guard.advance("account:7", new FencingToken(zxid, holder));
 * }</pre>
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
