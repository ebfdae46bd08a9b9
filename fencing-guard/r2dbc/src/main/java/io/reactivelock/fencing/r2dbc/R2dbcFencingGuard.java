package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Statement;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.RowFence;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * The guard of PostgreSQL 13 and newer, by R2DBC. It lets a write through only in a transaction that has looked at the highest token
 * under a lock.
 *
 * <p>The order of things for a new holder: {@link #advance}, then read, then {@link #check}, {@link #write} or {@link #update}. What
 * must not be done twice goes by {@link #writeOnce}; a table that is to refuse everything else, by {@link #enforce}.
 *
 * <p>What {@link FencingGuard} says of every method holds for those here; errors of the user's own SQL pass through untouched, too.
 * One guard serves one database; it is safe for use by several threads. It opens nothing that would have to be closed.
 */
public interface R2dbcFencingGuard extends FencingGuard {
    /**
     * A guard with the default options. The first guard of a JVM reads its SQL from the class path, which blocks.
     *
     * @param pool where connections come from: a pool, or a bare factory; stays the caller's
     * @return the guard
     */
    static R2dbcFencingGuard create(ConnectionFactory pool) {
        return create(pool, FencingGuardOptions.defaults());
    }

    /**
     * A guard. The first one of a JVM reads its SQL from the class path, which blocks.
     *
     * @param pool where connections come from: a pool, or a bare factory; stays the caller's
     * @param options how long the guard waits
     * @return the guard
     */
    static R2dbcFencingGuard create(ConnectionFactory pool, FencingGuardOptions options) {
        return new DefaultR2dbcFencingGuard(
                Objects.requireNonNull(pool, "pool"), Objects.requireNonNull(options, "options"));
    }

    /**
     * Creates the tables and the functions where they are missing, and brings those of an earlier version up to date. Repeatable,
     * also by several processes at once. Changes no fence row. The same SQL is the resource {@code
     * io/reactivelock/fencing/postgresql/fencing_guard.sql}, for who lets a migration tool do it.
     *
     * @return completion
     */
    Mono<Void> createSchema();

    /**
     * Makes a table refuse every INSERT, UPDATE, DELETE and MERGE of a row whose resource was not checked in the same transaction,
     * and every TRUNCATE, whoever sends it. For an UPDATE that means the resource of the row as it was, and as it becomes. What is
     * refused ends in SQLSTATE {@code FG005}.
     *
     * <p>Repeatable, also by several processes at once; where all is as it should be, the table is not locked. Otherwise it is, for a
     * moment, as by {@code CREATE TRIGGER}; the wait for that ends with the lock timeout. A change of the expression counts for the
     * next statements. The caller owns the table. Partitions are covered; for the TRUNCATE of one that was attached later, repeat
     * the call.
     *
     * @param table the table, as in SQL: {@code stock}, {@code shop.stock}
     * @param resource an SQL expression over the columns of a row, as in {@code 'item:' || sku}; it is code, not data: never make it
     *     of input. Where it is null, the write is refused
     * @return completion
     */
    Mono<Void> enforce(String table, String resource);

    /**
     * Undoes {@link #enforce}: the table takes any write again. Repeatable.
     *
     * @param table the table, as in SQL
     * @return completion
     */
    Mono<Void> lift(String table);

    /**
     * Checks the token in the caller's transaction, before its reads, and locks the resource's fence until that transaction ends. A
     * later holder can advance only then; an earlier one can no longer commit. A higher token than the highest is accepted and
     * becomes the highest with the commit; above READ COMMITTED only one that was advanced is.
     *
     * <p>The transaction may be somebody else's, such as a transaction manager's; begin, commit and rollback stay theirs. First thing
     * in the transaction, and not inside a savepoint: there it is refused, for a savepoint that is rolled back drops
     * the lock. Wait for its completion before the next statement. An error leaves the transaction aborted. A connection in
     * auto-commit is refused. The check also limits, for the rest of the transaction, the wait for row locks and the time without a
     * statement. A cancel leaves the statement to its end.
     *
     * @param connection with a transaction open
     * @param resource what will be written
     * @param token the token of the grant
     * @return completion when the lock is held
     */
    Mono<Void> check(Connection connection, String resource, FencingToken token);

    /**
     * {@link #check(Connection, String, FencingToken)} for several resources in one round trip. They are locked in one order whatever
     * the order of the map, so that two such checks never wait for each other; checks one after the other can.
     *
     * @param connection with a transaction open
     * @param tokens the token of each resource, at least one
     * @return completion when all locks are held
     */
    Mono<Void> check(Connection connection, Map<String, FencingToken> tokens);

    /**
     * {@link #check(Connection, String, FencingToken)} with the lease of the Context.
     *
     * @param connection with a transaction open
     * @return completion when the lock is held
     */
    Mono<Void> check(Connection connection);

    /**
     * Begins a transaction, checks, works, commits.
     *
     * <p>Emits the work's first value, or completes empty as the work does, after the commit; the work runs to its end. An error of
     * the work rolls back and passes through. A cancel cancels the work, waits for its statement in flight, and rolls back; during
     * the commit it comes too late. The connection goes back in every case. If the connection is lost before the commit was sent,
     * nothing was written; after that, the outcome is unknown.
     *
     * <p>The work uses this connection for the resource. A {@code write}, {@code writeOnce}, {@code update} or {@code advance} of the
     * same resource inside it would wait for its end, and so for itself: the Reactor Context shows it, and the call ends at once in a
     * permanent {@link FencingGuardException}.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param work what to do on the connection, one statement after the other; it neither commits nor closes, nor goes on after an
     *     error of a statement
     * @param <T> type of the value
     * @return the work's value
     */
    <T> Mono<T> write(
            String resource, FencingToken token, Function<? super Connection, ? extends Publisher<? extends T>> work);

    /**
     * {@link #write(String, FencingToken, Function)} with the lease of the Context.
     *
     * @param work what to do on the connection
     * @param <T> type of the value
     * @return the work's value
     */
    <T> Mono<T> write(Function<? super Connection, ? extends Publisher<? extends T>> work);

    /**
     * {@link #write(String, FencingToken, Function)} that takes effect once, however often it is called: for a call that is repeated
     * after an unknown outcome, by the same holder or by a later one.
     *
     * <p>Emits the work's value after the commit. Completes empty, without a call of the work, where this operation was committed
     * before; also where the work itself is empty. The operation is remembered in the transaction of the work, in {@code
     * fencing_guard_operation}, until somebody deletes that row. A work that failed leaves the operation to be done.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param operation what is done once, of all that is done to the resource: 1 to 512 characters, the same for each repeat
     * @param work what to do on the connection, as for {@code write}
     * @param <T> type of the value
     * @return the work's value
     */
    <T> Mono<T> writeOnce(
            String resource,
            FencingToken token,
            String operation,
            Function<? super Connection, ? extends Publisher<? extends T>> work);

    /**
     * {@link #writeOnce(String, FencingToken, String, Function)} with the lease of the Context.
     *
     * @param operation what is done once, of all that is done to the resource
     * @param work what to do on the connection
     * @param <T> type of the value
     * @return the work's value
     */
    <T> Mono<T> writeOnce(String operation, Function<? super Connection, ? extends Publisher<? extends T>> work);

    /**
     * Checks and writes in one statement, one round trip. For a holder whose {@link #advance} has completed; for any other it is
     * refused, since a statement reads in the snapshot with which it began.
     *
     * <p>Emits the number of rows written. A cancel before the statement was sent leaves it unsent; after that it takes effect. If
     * the connection is lost then, the outcome is unknown.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING or a WITH that writes; parameters are {@code $1}, {@code $2} and so on
     * @param bind binds the parameters, once; called at each subscription
     * @return how many rows were written
     */
    Mono<Long> update(String resource, FencingToken token, String sql, UnaryOperator<Statement> bind);

    /**
     * Adds the columns {@code fence} and {@code fence_holder} to a hot table, whose rows then carry their fence. Repeatable, also by
     * several processes at once; where both columns exist, the table is not locked. The caller owns the table.
     *
     * @param rows the fence
     * @return completion
     */
    Mono<Void> fenceRows(RowFence rows);

    /**
     * {@link #advance(String, FencingToken)} for a fence in rows: writes the token into all rows of the key. Where there is none, it
     * ends in a permanent {@link FencingGuardException}.
     *
     * @param rows the fence
     * @param key which rows
     * @param token the token of the grant
     * @return completion when the advance is committed
     */
    Mono<Void> advance(RowFence rows, String key, FencingToken token);

    /**
     * {@link #update(String, FencingToken, String, UnaryOperator)} for a fence in rows: the statement writes those rows of the key
     * that have this token and holder, and no others. It locks nothing else.
     *
     * <p>Emits the number of rows written; 0 also where there is no row of the key. The wait for a row's lock is the session's {@code
     * lock_timeout}.
     *
     * @param rows the fence
     * @param key which rows
     * @param token the token of the grant
     * @param sql one UPDATE or DELETE of the table, without RETURNING or WITH; parameters are {@code $1}, {@code $2} and so on
     * @param bind binds the parameters, once; called at each subscription
     * @return how many rows were written
     */
    Mono<Long> update(RowFence rows, String key, FencingToken token, String sql, UnaryOperator<Statement> bind);

    /**
     * {@link #update(String, FencingToken, String, UnaryOperator)} with the lease of the Context.
     *
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING
     * @param bind binds the parameters, once; called at each subscription
     * @return how many rows were written
     */
    Mono<Long> update(String sql, UnaryOperator<Statement> bind);
}
