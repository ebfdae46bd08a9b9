package io.reactivelock.fencing;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.SqlErrors.Stage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
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
 * was read before the advance may be changed once more by the previous holder.
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
    private static final int MAX_RESOURCE_LENGTH = 512;

    private final Connections connections;
    private final FencedStatements statements;
    private final FencingGuardOptions options;

    private FencingGuard(ConnectionFactory factory, FencingGuardOptions options) {
        this.options = options;
        this.connections = new Connections(factory, options.replyTimeout());
        this.statements = new FencedStatements(lockTimeoutMillis());
    }

    /**
     * A guard with the default options.
     *
     * @param pool where connections come from: a pool, or a bare factory; stays the caller's
     * @return the guard
     */
    public static FencingGuard create(ConnectionFactory pool) {
        return create(pool, FencingGuardOptions.defaults());
    }

    /**
     * A guard.
     *
     * @param pool where connections come from: a pool, or a bare factory; stays the caller's
     * @param options how long the guard waits
     * @return the guard
     */
    public static FencingGuard create(ConnectionFactory pool, FencingGuardOptions options) {
        return new FencingGuard(Objects.requireNonNull(pool, "pool"), Objects.requireNonNull(options, "options"));
    }

    /**
     * Creates the table and the functions where they are missing, and brings the functions up to date. Repeatable, also by several
     * processes at once. Changes no fence row. The same SQL is the resource {@code io/reactivelock/fencing/fencing_guard.sql}, for
     * who lets a migration tool do it.
     *
     * @return completion
     */
    public Mono<Void> createSchema() {
        String what = "createSchema";
        return connections
                .inOneStatement(
                        what,
                        connection ->
                                done(connection.createStatement(FenceSql.SCHEMA).fetchSize(0)))
                .onErrorMap(e -> R2dbcErrors.own(what, Stage.COMMIT, e));
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
        requireResource(resource);
        Objects.requireNonNull(token, "token");
        String what = "advance of resource '" + resource + "' to token " + token.value();
        return connections
                .inOneStatement(
                        what,
                        connection -> done(bind(connection.createStatement(FenceSql.ADVANCE), 0, resource, token)
                                .bind(3, lockTimeoutMillis())))
                .onErrorMap(e -> R2dbcErrors.own(what, Stage.COMMIT, e));
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
     * <p>First thing in the transaction, and not inside a savepoint: there it is refused, for a savepoint that is rolled back drops
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
        requireResource(resource);
        Objects.requireNonNull(token, "token");
        return checkWith(
                connection,
                "check of resource '" + resource + "' with token " + token.value(),
                () -> bindTimeouts(bind(connection.createStatement(FenceSql.CHECK), 0, resource, token), 3));
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
        if (tokens.isEmpty()) {
            throw new IllegalArgumentException("a check of at least one resource, not of none");
        }
        List<Map.Entry<String, FencingToken>> entries =
                List.copyOf(Map.copyOf(tokens).entrySet());
        entries.forEach(entry -> requireResource(entry.getKey()));
        String[] resources = entries.stream().map(Map.Entry::getKey).toArray(String[]::new);
        Long[] values = entries.stream().map(entry -> entry.getValue().value()).toArray(Long[]::new);
        String[] holders = entries.stream()
                .map(entry -> entry.getValue().holder().toString())
                .toArray(String[]::new);
        return checkWith(
                connection,
                "check of resources " + tokens.keySet(),
                () -> bindTimeouts(
                        connection
                                .createStatement(FenceSql.CHECK_ALL)
                                .bind(0, resources)
                                .bind(1, values)
                                .bind(2, holders),
                        3));
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
        requireResource(resource);
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(work, "work");
        String what = "write to resource '" + resource + "' with token " + token.value();
        return connections.inTransaction(what, connection -> check(connection, resource, token), work);
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
     * Checks and writes in one statement, one round trip. For a holder whose {@link #advance} has completed; for any other it is
     * refused, since a statement reads in the snapshot with which it began.
     *
     * <p>Emits the number of rows written. A cancel before the statement was sent leaves it unsent; after that it takes effect. If
     * the connection is lost then, the outcome is unknown.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING, with parameters {@code $1}, {@code $2} and so on
     * @param bind binds the parameters, once; called at each subscription
     * @return how many rows were written
     */
    public Mono<Long> update(String resource, FencingToken token, String sql, UnaryOperator<Statement> bind) {
        requireResource(resource);
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(bind, "bind");
        FencedStatement statement = statements.of(sql);
        return connections.inOneStatement(
                "update of resource '" + resource + "' with token " + token.value(),
                connection -> count(bind(
                        bind.apply(connection.createStatement(statement.text())),
                        statement.parameters(),
                        resource,
                        token)));
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
        statements.of(sql);
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
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(work, "work");
        return grant(locks, request, work, options.grants());
    }

    private <T> Mono<T> grant(
            LockClient locks,
            LockRequest request,
            Function<? super Lease, ? extends Publisher<? extends T>> work,
            int grants) {
        return locks.<T>withLock(
                        request,
                        lease -> advance(lease.name(), lease.token())
                                .onErrorMap(StaleTokenException.class, AdvanceRefused::new)
                                .thenMany(Flux.defer(() -> Flux.<T>from(work.apply(lease)))))
                .onErrorResume(
                        AdvanceRefused.class,
                        refused -> grants == 1
                                ? Mono.error(refused.stale)
                                : grant(locks, request.tokenAbove(refused.stale.highest()), work, grants - 1));
    }

    private Mono<Void> checkWith(Connection connection, String what, Supplier<Statement> statement) {
        return Mono.defer(() -> connection.isAutoCommit()
                        ? Mono.error(new FencingGuardException(
                                Kind.PERMANENT, what + ": the connection is in auto-commit; begin a transaction", null))
                        : done(statement.get()).timeout(connections.deadline()))
                .onErrorMap(e -> R2dbcErrors.own(what, Stage.OPEN, e));
    }

    private static Statement bind(Statement statement, int index, String resource, FencingToken token) {
        return statement
                .bind(index, resource)
                .bind(index + 1, token.value())
                .bind(index + 2, token.holder().toString());
    }

    private Statement bindTimeouts(Statement statement, int index) {
        return statement.bind(index, lockTimeoutMillis()).bind(index + 1, (int)
                options.idleInTransactionTimeout().toMillis());
    }

    private int lockTimeoutMillis() {
        return (int) options.lockTimeout().toMillis();
    }

    private static Mono<Void> done(Statement statement) {
        return Flux.from(statement.execute()).flatMap(Result::getRowsUpdated).then();
    }

    /** To the end of the reply, for a statement in auto-commit is committed only then. */
    private static Mono<Long> count(Statement statement) {
        return Flux.from(statement.execute())
                .flatMap(result -> result.map((row, metadata) -> Objects.requireNonNull(row.get(0, Long.class))))
                .single();
    }

    private static <T> Mono<T> withLease(Function<Lease, Mono<T>> use) {
        return Mono.deferContextual(context -> use.apply(lease(context)));
    }

    private static Lease lease(ContextView context) {
        return Lease.current(context)
                .orElseThrow(() -> new IllegalStateException(
                        "no lease in the Reactor Context: call this inside withLock, or pass resource and token"));
    }

    private static void requireResource(String resource) {
        Objects.requireNonNull(resource, "resource");
        if (resource.isEmpty() || resource.length() > MAX_RESOURCE_LENGTH) {
            throw new IllegalArgumentException(
                    "a resource has 1 to " + MAX_RESOURCE_LENGTH + " characters, not " + resource.length());
        }
        if (resource.indexOf(0) >= 0) {
            throw new IllegalArgumentException("a resource has no NUL character, which PostgreSQL cannot store");
        }
    }

    /** Tells the refusal of the first advance from one that the work ended with. */
    private static final class AdvanceRefused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final StaleTokenException stale;

        AdvanceRefused(StaleTokenException stale) {
            super(stale);
            this.stale = stale;
        }
    }
}
