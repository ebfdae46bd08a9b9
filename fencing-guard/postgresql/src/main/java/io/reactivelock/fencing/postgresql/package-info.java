/**
 * The fence of PostgreSQL 13 and newer, for authors of a guard over some driver. The table, the SQL, the checks of arguments and the meaning of errors are here, once;
 * a driver binds parameters, runs statements, and reads the SQLSTATE out of its own exceptions.
 *
 * <pre>{@code
 * PostgresFence fence = PostgresFence.create(options);
 * FenceErrors errors = new FenceErrors(error -> error instanceof DriverException answer ? answer.sqlState() : null);
 *
 * Result<Void> advance(String resource, FencingToken token) {
 *     FenceCall call = fence.advance(resource, token);                 // bad arguments throw here
 *     return pool.run(call.sql(), call.parameters())                   // in auto-commit
 *             .mapError(error -> errors.own(call.what(), Stage.COMMIT, error));
 * }
 * }</pre>
 *
 * <p>What is left to such a guard, and what its tests should show:
 *
 * <ul>
 *   <li>a {@linkplain io.reactivelock.fencing.postgresql.PostgresFence#check check} runs on the connection of the transaction that it
 *       guards, after its begin and before anything else; a connection in auto-commit is refused;
 *   <li>every reply is waited for no longer than {@link io.reactivelock.fencing.FencingGuardOptions#replyTimeout()}, and a connection
 *       whose reply did not come is closed, not handed to somebody else;
 *   <li>a statement that commits by itself counts only when its reply has come to the end;
 *   <li>a commit that the server answers with a warning, for its wait for a synchronous standby was cancelled, is {@linkplain
 *       io.reactivelock.fencing.postgresql.FenceErrors#unconfirmed unknown};
 *   <li>the whole way, lock included, goes by {@link io.reactivelock.fencing.GrantRetry}.
 * </ul>
 */
@NullMarked
package io.reactivelock.fencing.postgresql;

import org.jspecify.annotations.NullMarked;
