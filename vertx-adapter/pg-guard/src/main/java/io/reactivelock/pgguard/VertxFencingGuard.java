package io.reactivelock.pgguard;

import io.reactivelock.FencingToken;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.GrantRetry;
import io.reactivelock.fencing.GuardObservation;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.fencing.postgresql.FenceCall;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.fencing.postgresql.RowFence;
import io.reactivelock.vertx.VertxLease;
import io.reactivelock.vertx.VertxLockClient;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.FutureInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Refuses writes of holders whose time is over, over the Vert.x PostgreSQL client. Table, rules and exceptions are those of the guard
 * on R2DBC, so that services of both kinds can guard the same data at once.
 *
 * <pre>{@code
 * Pool pool = PgBuilder.pool().connectingTo(new PgConnectOptions().setCachePreparedStatements(true)).using(vertx).build();
 * VertxFencingGuard guard = VertxFencingGuard.create(pool);
 *
 * guard.advance("account:7", token)
 *         .compose(done -> readOrder())
 *         .compose(order -> guard.update("account:7", token,
 *                 "UPDATE account SET balance = balance - $1 WHERE id = $2", Tuple.of(order.amount(), 7)));
 * }</pre>
 *
 * <p>The order of things for a new holder: {@link #advance}, then read, then {@link #check}, {@link #write} or {@link #update}. What
 * was read before the advance may be changed once more by the previous holder.
 *
 * <p>Set {@code cachePreparedStatements} in the pool's connect options. Without it every statement is prepared anew: {@code update}
 * takes two round trips, not one.
 *
 * <p>For every method. A call begins at once and cannot be cancelled. Results arrive on the caller's context; for a caller without
 * one, on the context that {@link io.vertx.core.Vertx#getOrCreateContext()} gives to its thread. Failures: {@link
 * StaleTokenException} when the token is refused, {@link FencingGuardException} when the guard could not do its work, with whether a
 * repeat may help and whether the outcome is unknown; failures of the user's own work and SQL pass through untouched. Bad arguments
 * throw at call time. A connection, and the reply to each statement that the guard sends, are awaited for {@link
 * FencingGuardOptions#replyTimeout()}; a connection whose reply did not come is closed, not used again.
 *
 * <p>One guard serves one database; it is safe for use by several threads and verticles. It opens nothing that would have to be
 * closed.
 */
public final class VertxFencingGuard {
    private final Pool pool;
    private final FencingGuardOptions options;
    private final PostgresFence fence;
    private final GuardObservation observation;

    private VertxFencingGuard(Pool pool, FencingGuardOptions options) {
        this.pool = pool;
        this.options = options;
        this.fence = PostgresFence.create(options);
        this.observation = GuardObservation.of(options);
    }

    /**
     * A guard with the default options. The first guard of a JVM reads its SQL from the class path, which blocks.
     *
     * @param pool where connections come from; stays the caller's
     * @return the guard
     */
    public static VertxFencingGuard create(Pool pool) {
        return create(pool, FencingGuardOptions.defaults());
    }

    /**
     * A guard. The first one of a JVM reads its SQL from the class path, which blocks.
     *
     * @param pool where connections come from; stays the caller's
     * @param options how long the guard waits
     * @return the guard
     */
    public static VertxFencingGuard create(Pool pool, FencingGuardOptions options) {
        return new VertxFencingGuard(Objects.requireNonNull(pool, "pool"), Objects.requireNonNull(options, "options"));
    }

    /**
     * Creates the tables and the functions where they are missing, and brings those of an earlier version up to date. Repeatable,
     * also by several processes at once, of either kind. Changes no fence row. The same SQL is the resource {@code
     * io/reactivelock/fencing/postgresql/fencing_guard.sql}, for who lets a migration tool do it.
     *
     * @return completion
     */
    public Future<Void> createSchema() {
        FenceCall call = fence.createSchema();
        return own(call, connection -> connection.query(call.sql()).execute());
    }

    /**
     * Makes a table refuse every INSERT, UPDATE, DELETE and MERGE of a row whose resource was not checked in the same transaction,
     * and every TRUNCATE, whoever sends it; it ends in SQLSTATE {@code FG005}.
     * See {@code docs/fencing.md}. Repeatable.
     *
     * @param table the table, as in SQL: {@code stock}, {@code shop.stock}
     * @param resource an SQL expression over the columns of a row, as in {@code 'item:' || sku}; it is code, not data: never make it
     *     of input. Where it is null, the write is refused
     * @return completion
     */
    public Future<Void> enforce(String table, String resource) {
        return own(fence.enforce(table, resource));
    }

    /**
     * Undoes {@link #enforce}: the table takes any write again. Repeatable.
     *
     * @param table the table, as in SQL
     * @return completion
     */
    public Future<Void> lift(String table) {
        return own(fence.lift(table));
    }

    /**
     * Makes the token the highest of its resource, in a committed transaction of its own. From then on no lower token passes, and
     * what lower ones wrote is committed and can be read. Waits for guarded transactions under way, up to the lock timeout.
     *
     * <p>Passes if the token is higher than the highest, or the same one of the same holder, so a repeat does no harm; after an
     * unknown outcome, repeat.
     *
     * @param resource what will be written: 1 to 512 characters
     * @param token the token of the grant
     * @return completion when the advance is committed
     */
    public Future<Void> advance(String resource, FencingToken token) {
        long since = observation.moment();
        return own(fence.advance(resource, token)).onSuccess(done -> observation.advanced(resource, token, since));
    }

    /**
     * Checks the token in the caller's transaction, before its reads, and locks the resource's fence until that transaction ends. A
     * later holder can advance only then; an earlier one can no longer commit. A higher token than the highest is accepted and
     * becomes the highest with the commit; above READ COMMITTED only one that was advanced is.
     *
     * <p>First thing in the transaction, and not inside a savepoint: there it is refused, for a savepoint that is rolled back drops
     * the lock. Wait for its completion before the next statement. A failure leaves the transaction aborted. A connection on which
     * the server knows of no transaction is refused: begin with {@link SqlConnection#begin()} or {@link Pool#withTransaction}. The
     * check also limits, for the rest of the transaction, the wait for row locks and the time
     * without a statement.
     *
     * @param connection with a transaction open
     * @param resource what will be written
     * @param token the token of the grant
     * @return completion when the lock is held
     */
    public Future<Void> check(SqlConnection connection, String resource, FencingToken token) {
        Objects.requireNonNull(connection, "connection");
        return check(connection, fence.check(resource, token));
    }

    /**
     * {@link #check(SqlConnection, String, FencingToken)} for several resources in one round trip. They are locked in one order
     * whatever the order of the map, so that two such checks never wait for each other; checks one after the other can.
     *
     * @param connection with a transaction open
     * @param tokens the token of each resource, at least one
     * @return completion when all locks are held
     */
    public Future<Void> check(SqlConnection connection, Map<String, FencingToken> tokens) {
        Objects.requireNonNull(connection, "connection");
        return check(connection, fence.check(tokens));
    }

    /**
     * Begins a transaction, checks, works, commits.
     *
     * <p>Completes with the work's value after the commit. A failure of the work rolls back and passes through. The connection goes
     * back in every case, before the result. If the connection is lost before the commit was sent, nothing was written; after that,
     * the outcome is unknown.
     *
     * <p>The work uses this connection for the resource. A call of this guard for the same resource inside it waits for its end, and
     * so for itself, until the lock timeout: nothing goes along with a chain of futures by which that could be told at once.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param work what to do on the connection, one statement after the other; it neither commits nor closes, nor goes on after a
     *     failure of a statement, unless it has rolled back to a savepoint; the client's own {@link SqlConnection#transaction()}
     *     knows nothing of the transaction
     * @param <T> type of the value
     * @return the work's value
     */
    public <T> Future<T> write(
            String resource, FencingToken token, Function<? super SqlConnection, ? extends Future<T>> work) {
        Objects.requireNonNull(work, "work");
        return inTransaction(fence.write(resource, token), fence.check(resource, token), checked -> work);
    }

    /**
     * {@link #write} that takes effect once, however often it is called: for a call that is repeated after an unknown outcome, by the
     * same holder or by a later one.
     *
     * <p>Completes with the work's value after the commit; empty, without a call of the work, where this operation was committed
     * before; also where the work's value is null. The operation is remembered in the transaction of the work, in {@code
     * fencing_guard_operation}, until somebody deletes that row. A work that failed leaves the operation to be done.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param operation what is done once, of all that is done to the resource: 1 to 512 characters, the same for each repeat
     * @param work what to do on the connection, as for {@code write}
     * @param <T> type of the value
     * @return the work's value
     */
    public <T> Future<Optional<T>> writeOnce(
            String resource,
            FencingToken token,
            String operation,
            Function<? super SqlConnection, ? extends Future<T>> work) {
        Objects.requireNonNull(work, "work");
        FenceCall check = fence.checkOnce(resource, token, operation);
        return this.<T>inTransaction(
                        check.what(),
                        check,
                        checked ->
                                checked.iterator().next().getBoolean(0) ? work : connection -> Future.succeededFuture())
                .map(Optional::ofNullable);
    }

    /** Begins, checks, does the work that goes with the answer, commits. */
    private <T> Future<T> inTransaction(
            String what,
            FenceCall check,
            Function<RowSet<Row>, Function<? super SqlConnection, ? extends Future<T>>> work) {
        return observed(PgSession.borrow(
                pool,
                what,
                options,
                session -> session.begin(what, () -> run(session.connection(), check))
                        .map(work)
                        .recover(error -> Future.failedFuture(PgErrors.ERRORS.own(what, Stage.OPEN, error)))
                        .compose(ready -> Objects.requireNonNull(
                                        ready.apply(session.connection()), "the work returned no future")
                                .compose(value -> session.commit(what).map(value)))
                        .recover(session::rollback)));
    }

    /**
     * Checks and writes in one statement, one round trip. For a holder whose {@link #advance} has completed; for any other it is
     * refused, since a statement reads in the snapshot with which it began.
     *
     * <p>Completes with the number of rows written. If the connection is lost after the statement was sent, the outcome is unknown.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING or a WITH that writes; parameters are {@code $1}, {@code $2} and so on
     * @param parameters the parameters of the statement; copied
     * @return how many rows were written
     */
    public Future<Long> update(String resource, FencingToken token, String sql, Tuple parameters) {
        return written(sql, parameters, fence.update(resource, token, sql), () -> fence.confirm(resource, token));
    }

    /**
     * Adds the columns {@code fence} and {@code fence_holder} to a hot table, whose rows then carry their fence. Repeatable, also by
     * several processes at once; where both columns exist, the table is not locked. The caller owns the table.
     *
     * @param rows the fence
     * @return completion
     */
    public Future<Void> fenceRows(RowFence rows) {
        return own(fence.fenceRows(rows));
    }

    /**
     * {@link #advance(String, FencingToken)} for a fence in rows: writes the token into all rows of the key. Where there is none, it
     * ends in a permanent {@link FencingGuardException}.
     *
     * @param rows the fence
     * @param key which rows
     * @param token the token of the grant
     * @return completion when the advance is committed
     */
    public Future<Void> advance(RowFence rows, String key, FencingToken token) {
        long since = observation.moment();
        return own(fence.advance(rows, key, token))
                .onSuccess(done -> observation.advanced(rows.prefix() + key, token, since));
    }

    /**
     * {@link #update(String, FencingToken, String, Tuple)} for a fence in rows: the statement writes those rows of the key that have
     * this token and holder, and no others. It locks nothing else.
     *
     * <p>Completes with the number of rows written; 0 also where there is no row of the key. The wait for a row's lock is the
     * session's {@code lock_timeout}.
     *
     * @param rows the fence
     * @param key which rows
     * @param token the token of the grant
     * @param sql one UPDATE or DELETE of the table, without RETURNING or WITH; parameters are {@code $1}, {@code $2} and so on
     * @param parameters the parameters of the statement; copied
     * @return how many rows were written
     */
    public Future<Long> update(RowFence rows, String key, FencingToken token, String sql, Tuple parameters) {
        return written(sql, parameters, fence.update(rows, key, token, sql), () -> fence.confirm(rows, key, token));
    }

    private Future<Long> written(String sql, Tuple parameters, FenceCall call, Supplier<FenceCall> confirm) {
        if (Objects.requireNonNull(parameters, "parameters").size() != call.first()) {
            throw new IllegalArgumentException(
                    "the statement has " + call.first() + " parameters, not " + parameters.size() + ": " + sql);
        }
        Tuple all = Tuple.tuple();
        for (int i = 0; i < parameters.size(); i++) {
            all.addValue(parameters.getValue(i));
        }
        append(all, call);
        return observed(PgSession.borrow(
                pool,
                call.what(),
                options,
                session -> session.committed(
                                call.what(),
                                session.connection().preparedQuery(call.sql()).execute(all))
                        .compose(rows -> written(session, rows, confirm))));
    }

    /** The number in the only row, or the server's own; where that is 0, the fence may not have been looked at. */
    private static Future<Long> written(PgSession session, RowSet<Row> rows, Supplier<FenceCall> confirm) {
        if (rows.size() > 0) {
            return Future.succeededFuture(rows.iterator().next().getLong(0));
        }
        if (rows.rowCount() > 0) {
            return Future.succeededFuture((long) rows.rowCount());
        }
        FenceCall call = confirm.get();
        return session.committed(call.what(), run(session.connection(), call)).map(0L);
    }

    /**
     * The whole way: acquires the lock, advances its name as the resource, works, releases.
     *
     * <p>A refused advance means that the lock's backend has lost its counter: the lock is released and acquired again with a token
     * above the one that the database knows, up to {@link FencingGuardOptions#grants()} times, each with the whole wait time; then it
     * fails with {@link StaleTokenException}. For value, loss of the lease and other failures see {@link VertxLockClient#withLock}.
     *
     * @param locks where the lock is taken
     * @param request what to lock
     * @param work what to do while the lock is held; it passes {@link VertxLease#name()} and {@link VertxLease#token()} to this guard
     * @param <T> type of the value
     * @return the work's value
     */
    public <T> Future<T> withLock(
            VertxLockClient locks, LockRequest request, Function<? super VertxLease, ? extends Future<T>> work) {
        Objects.requireNonNull(locks, "locks");
        Objects.requireNonNull(work, "work");
        return grant(locks, GrantRetry.first(request, options), work);
    }

    private <T> Future<T> grant(
            VertxLockClient locks, GrantRetry retry, Function<? super VertxLease, ? extends Future<T>> work) {
        return locks.<T>withLock(
                        retry.request(),
                        lease -> advance(lease.name(), lease.token())
                                .recover(error -> Future.failedFuture(retry.advanceFailed(error)))
                                // where the lease is over, its loss is the result
                                .compose(done -> lease.isValid() ? work.apply(lease) : Future.succeededFuture()))
                .recover(error -> retry.failed(error, next -> grant(locks, next, work), Future::failedFuture));
    }

    private Future<Void> own(FenceCall call) {
        return own(call, connection -> run(connection, call));
    }

    private Future<Void> own(FenceCall call, Function<SqlConnection, Future<RowSet<Row>>> statement) {
        return observed(inOneStatement(call.what(), statement)
                .recover(error -> Future.failedFuture(PgErrors.ERRORS.own(call.what(), Stage.COMMIT, error)))
                .mapEmpty());
    }

    /** One statement, which commits by itself. */
    private Future<RowSet<Row>> inOneStatement(String what, Function<SqlConnection, Future<RowSet<Row>>> statement) {
        return PgSession.borrow(
                pool, what, options, session -> session.committed(what, statement.apply(session.connection())));
    }

    private Future<Void> check(SqlConnection connection, FenceCall call) {
        return onCallersContext(observed(new PgSession(connection, options)
                .inOpenTransaction(() -> run(connection, call))
                .recover(error -> Future.failedFuture(PgErrors.ERRORS.own(call.what(), Stage.OPEN, error)))
                .mapEmpty()));
    }

    private <T> Future<T> observed(Future<T> call) {
        return observation.isObserved() ? call.onFailure(observation::ended) : call;
    }

    private static Future<RowSet<Row>> run(SqlConnection connection, FenceCall call) {
        return connection.preparedQuery(call.sql()).execute(append(Tuple.tuple(), call));
    }

    private static Tuple append(Tuple tuple, FenceCall call) {
        call.parameters().forEach(tuple::addValue);
        return tuple;
    }

    /** A connection answers on the context that it was borrowed on. */
    private static <T> Future<T> onCallersContext(Future<T> future) {
        ContextInternal caller = ContextInternal.current();
        if (caller == null || ((FutureInternal<T>) future).context() == caller) {
            return future;
        }
        PromiseInternal<T> promise = caller.promise();
        future.onComplete(promise);
        return promise.future();
    }
}
