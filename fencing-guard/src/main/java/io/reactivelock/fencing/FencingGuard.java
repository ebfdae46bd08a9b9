package io.reactivelock.fencing;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Statement;
import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.spi.FenceCall;
import io.reactivelock.fencing.spi.FenceErrors;
import io.reactivelock.fencing.spi.FenceErrors.Stage;
import io.reactivelock.fencing.spi.Grants;
import io.reactivelock.fencing.spi.PostgresFence;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Refuses writes of holders whose time is over. It keeps, for every resource, the highest fencing token that the database has
 * accepted, and lets a write through only in a transaction that has looked at it under a lock. PostgreSQL 13 or newer, by R2DBC.
 *
 * <p>The order of things for a new holder: {@link #advance}, then read, then {@link #check}, {@link #write} or {@link #update}. What
 * was read before the advance may be changed once more by the previous holder. What must not be done twice goes by {@link #writeOnce};
 * a table that is to refuse everything else, by {@link #enforce}.
 *
 * <p>The guard knows no lock: any positive numbers that grow from holder to holder will do. It orders holders, not the concurrent
 * transactions of one holder.
 *
 * <p>For every method. Nothing happens before subscription; every subscription is a call of its own. Errors: {@link
 * StaleTokenException} when the token is refused, {@link FencingGuardException} when the guard could not do its work, with whether a
 * repeat may help and whether the outcome is unknown; errors of the user's own work and SQL pass through untouched. Bad arguments
 * throw at call time. Methods without a token take it, with the lock name as the resource, from the innermost lease in the Reactor
 * Context, and end in {@link IllegalStateException} where there is none. Results come on the driver's threads; do not block there.
 *
 * <p>One guard serves one database; it is safe for use by several threads. It opens nothing that would have to be closed.
 */
public final class FencingGuard {
    private final Connections connections;
    private final PostgresFence fence;

    private FencingGuard(ConnectionFactory factory, FencingGuardOptions options) {
        this.connections = new Connections(factory, options);
        this.fence = PostgresFence.create(options);
    }

    /**
     * A guard with the default options. The first guard of a JVM reads its SQL from the class path, which blocks.
     *
     * @param pool where connections come from: a pool, or a bare factory; stays the caller's
     * @return the guard
     */
    public static FencingGuard create(ConnectionFactory pool) {
        return create(pool, FencingGuardOptions.defaults());
    }

    /**
     * A guard. The first one of a JVM reads its SQL from the class path, which blocks.
     *
     * @param pool where connections come from: a pool, or a bare factory; stays the caller's
     * @param options how long the guard waits
     * @return the guard
     */
    public static FencingGuard create(ConnectionFactory pool, FencingGuardOptions options) {
        return new FencingGuard(Objects.requireNonNull(pool, "pool"), Objects.requireNonNull(options, "options"));
    }

    /**
     * Creates the tables and the functions where they are missing, and brings those of an earlier version up to date. Repeatable,
     * also by several processes at once. Changes no fence row. The same SQL is the resource {@code
     * io/reactivelock/fencing/fencing_guard.sql}, for who lets a migration tool do it.
     *
     * @return completion
     */
    public Mono<Void> createSchema() {
        FenceCall call = fence.createSchema();
        return connections
                .inOneStatement(
                        call.what(),
                        connection -> Replies.done(
                                connection.createStatement(call.sql()).fetchSize(0)))
                .onErrorMap(e -> R2dbcErrors.ERRORS.own(call.what(), Stage.COMMIT, e));
    }

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
    public Mono<Void> enforce(String table, String resource) {
        return committed(fence.enforce(table, resource));
    }

    /**
     * Undoes {@link #enforce}: the table takes any write again. Repeatable.
     *
     * @param table the table, as in SQL
     * @return completion
     */
    public Mono<Void> lift(String table) {
        return committed(fence.lift(table));
    }

    /**
     * Makes the token the highest of its resource, in a committed transaction of its own. From then on no lower token passes, and
     * what lower ones wrote is committed and can be read. Waits for guarded transactions under way, up to the lock timeout.
     *
     * <p>Passes if the token is higher than the highest, or the same one of the same holder, so a repeat does no harm; after an
     * unknown outcome, repeat. A cancel after the statement was sent leaves it to take effect.
     *
     * @param resource what will be written: 1 to 512 characters
     * @param token the token of the grant
     * @return completion when the advance is committed
     */
    public Mono<Void> advance(String resource, FencingToken token) {
        return committed(fence.advance(resource, token));
    }

    /**
     * {@link #advance(String, FencingToken)} with the lease of the Context.
     *
     * @return completion when the advance is committed
     */
    public Mono<Void> advance() {
        return withLease(lease -> advance(lease.name(), lease.token()));
    }

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
    public Mono<Void> check(Connection connection, String resource, FencingToken token) {
        Objects.requireNonNull(connection, "connection");
        return check(connection, fence.check(resource, token));
    }

    /**
     * {@link #check(Connection, String, FencingToken)} for several resources in one round trip. They are locked in one order whatever
     * the order of the map, so that two such checks never wait for each other; checks one after the other can.
     *
     * @param connection with a transaction open
     * @param tokens the token of each resource, at least one
     * @return completion when all locks are held
     */
    public Mono<Void> check(Connection connection, Map<String, FencingToken> tokens) {
        Objects.requireNonNull(connection, "connection");
        return check(connection, fence.check(tokens));
    }

    /**
     * {@link #check(Connection, String, FencingToken)} with the lease of the Context.
     *
     * @param connection with a transaction open
     * @return completion when the lock is held
     */
    public Mono<Void> check(Connection connection) {
        return withLease(lease -> check(connection, lease.name(), lease.token()));
    }

    /**
     * Begins a transaction, checks, works, commits.
     *
     * <p>Emits the work's first value, or completes empty as the work does, after the commit; the work runs to its end. An error of
     * the work rolls back and passes through. A cancel cancels the work, waits for its statement in flight, and rolls back; during
     * the commit it comes too late. The connection goes back in every case. If the connection is lost before the commit was sent,
     * nothing was written; after that, the outcome is unknown.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param work what to do on the connection, one statement after the other; it neither commits nor closes, nor goes on after an
     *     error of a statement
     * @param <T> type of the value
     * @return the work's value
     */
    public <T> Mono<T> write(
            String resource, FencingToken token, Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        FenceCall check = fence.check(resource, token);
        return connections.inTransaction(
                fence.write(resource, token),
                connection -> check(connection, check).thenReturn(true),
                work);
    }

    /**
     * {@link #write(String, FencingToken, Function)} with the lease of the Context.
     *
     * @param work what to do on the connection
     * @param <T> type of the value
     * @return the work's value
     */
    public <T> Mono<T> write(Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return withLease(lease -> write(lease.name(), lease.token(), work));
    }

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
    public <T> Mono<T> writeOnce(
            String resource,
            FencingToken token,
            String operation,
            Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        FenceCall check = fence.checkOnce(resource, token, operation);
        return connections.inTransaction(
                check.what(), connection -> check(connection, check, it -> Replies.only(it, Boolean.class)), work);
    }

    /**
     * {@link #writeOnce(String, FencingToken, String, Function)} with the lease of the Context.
     *
     * @param operation what is done once, of all that is done to the resource
     * @param work what to do on the connection
     * @param <T> type of the value
     * @return the work's value
     */
    public <T> Mono<T> writeOnce(
            String operation, Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return withLease(lease -> writeOnce(lease.name(), lease.token(), operation, work));
    }

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
    public Mono<Long> update(String resource, FencingToken token, String sql, UnaryOperator<Statement> bind) {
        Objects.requireNonNull(bind, "bind");
        FenceCall call = fence.update(resource, token, sql);
        return connections.inOneStatement(
                call.what(),
                connection -> Replies.committed(
                        call.what(), bind(bind.apply(connection.createStatement(call.sql())), call), Long.class));
    }

    /**
     * {@link #update(String, FencingToken, String, UnaryOperator)} with the lease of the Context.
     *
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING
     * @param bind binds the parameters, once; called at each subscription
     * @return how many rows were written
     */
    public Mono<Long> update(String sql, UnaryOperator<Statement> bind) {
        Objects.requireNonNull(bind, "bind");
        fence.requireWrite(sql);
        return withLease(lease -> update(lease.name(), lease.token(), sql, bind));
    }

    /**
     * The whole way: acquires the lock, advances its name as the resource, works with the lease in the Context, releases.
     *
     * <p>A refused advance means that the lock's backend has lost its counter: the lock is released and acquired again with a token
     * above the one that the database knows, up to {@link FencingGuardOptions#grants()} times, each with the whole wait time; then it
     * ends in {@link StaleTokenException}. For value, cancel, loss of the lease and other errors see {@link LockClient#withLock}.
     *
     * @param locks where the lock is taken
     * @param request what to lock
     * @param work what to do while the lock is held
     * @param <T> type of the value
     * @return the work's value
     */
    public <T> Mono<T> withLock(
            LockClient locks, LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(locks, "locks");
        Objects.requireNonNull(work, "work");
        return grant(locks, fence.grants(request), work);
    }

    private <T> Mono<T> grant(
            LockClient locks, Grants grants, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return locks.<T>withLock(
                        grants.request(),
                        lease -> advance(lease.name(), lease.token())
                                .onErrorMap(grants::advanceFailed)
                                .thenMany(Flux.defer(() -> Flux.<T>from(work.apply(lease)))))
                .onErrorResume(e -> grants.failed(e, next -> grant(locks, next, work), Mono::error));
    }

    private Mono<Void> committed(FenceCall call) {
        return connections
                .inOneStatement(call.what(), connection -> Replies.committed(call.what(), statement(connection, call)))
                .onErrorMap(e -> R2dbcErrors.ERRORS.own(call.what(), Stage.COMMIT, e));
    }

    private Mono<Void> check(Connection connection, FenceCall call) {
        return check(connection, call, Replies::done);
    }

    private <T> Mono<T> check(Connection connection, FenceCall call, Function<Statement, Mono<T>> run) {
        return Mono.defer(() -> connection.isAutoCommit()
                        ? Mono.<T>error(FenceErrors.autoCommit(call.what()))
                        : run.apply(statement(connection, call)).timeout(connections.deadline()))
                .onErrorMap(e -> R2dbcErrors.ERRORS.own(call.what(), Stage.OPEN, e));
    }

    private static Statement statement(Connection connection, FenceCall call) {
        return bind(connection.createStatement(call.sql()), call);
    }

    private static Statement bind(Statement statement, FenceCall call) {
        int index = call.first();
        for (Object parameter : call.parameters()) {
            statement.bind(index++, parameter);
        }
        return statement;
    }

    private static <T> Mono<T> withLease(Function<Lease, Mono<T>> use) {
        return Mono.deferContextual(context -> use.apply(lease(context)));
    }

    private static Lease lease(ContextView context) {
        return Lease.current(context)
                .orElseThrow(() -> new IllegalStateException(
                        "no lease in the Reactor Context: call this inside withLock, or pass resource and token"));
    }
}
