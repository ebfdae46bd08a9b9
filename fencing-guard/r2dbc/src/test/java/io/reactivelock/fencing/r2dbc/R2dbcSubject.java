package io.reactivelock.fencing.r2dbc;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Statement;
import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.fencing.postgresql.RowFence;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The guard over R2DBC. */
public record R2dbcSubject(ConnectionFactory connections, ConnectionPool pool, R2dbcFencingGuard guard)
        implements GuardSubject {
    public static R2dbcSubject open(
            Database database, String host, int port, int connections, Map<String, String> settings) {
        ConnectionFactory factory = database.factory(host, port);
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            factory = new Fixed(factory, setting.getKey(), setting.getValue());
        }
        ConnectionPool pool = Database.pool(factory, connections);
        return new R2dbcSubject(factory, pool, R2dbcFencingGuard.create(pool));
    }

    @Override
    public GuardSubject with(FencingGuardOptions options) {
        return new R2dbcSubject(connections, pool, R2dbcFencingGuard.create(pool, options));
    }

    @Override
    public Mono<Void> createSchema() {
        return guard.createSchema();
    }

    @Override
    public Mono<Void> advance(String resource, FencingToken token) {
        return guard.advance(resource, token);
    }

    @Override
    public Mono<Void> check(GuardSession session, String resource, FencingToken token) {
        return guard.check(((R2dbcSession) session).connection(), resource, token);
    }

    @Override
    public Mono<Void> check(GuardSession session, Map<String, FencingToken> tokens) {
        return guard.check(((R2dbcSession) session).connection(), tokens);
    }

    @Override
    public <T> Mono<T> write(String resource, FencingToken token, Function<GuardSession, Mono<T>> work) {
        return guard.write(resource, token, connection -> work.apply(new R2dbcSession(connection)));
    }

    @Override
    public <T> Mono<T> writeOnce(
            String resource, FencingToken token, String operation, Function<GuardSession, Mono<T>> work) {
        return guard.writeOnce(resource, token, operation, connection -> work.apply(new R2dbcSession(connection)));
    }

    @Override
    public Mono<Void> enforce(String table, String expression) {
        return guard.enforce(table, expression);
    }

    @Override
    public Mono<Void> lift(String table) {
        return guard.lift(table);
    }

    @Override
    public Mono<Long> update(String resource, FencingToken token, String sql, Object... parameters) {
        return guard.update(resource, token, sql, statement -> bind(statement, parameters));
    }

    @Override
    public Mono<Void> fenceRows(RowFence rows) {
        return guard.fenceRows(rows);
    }

    @Override
    public Mono<Void> advance(RowFence rows, String key, FencingToken token) {
        return guard.advance(rows, key, token);
    }

    @Override
    public Mono<Long> update(RowFence rows, String key, FencingToken token, String sql, Object... parameters) {
        return guard.update(rows, key, token, sql, statement -> bind(statement, parameters));
    }

    @Override
    public <T> Mono<T> withLock(LockClient locks, LockRequest request, Function<FencingToken, Mono<T>> work) {
        return guard.withLock(locks, request, lease -> work.apply(lease.token()));
    }

    private static Statement bind(Statement statement, Object... parameters) {
        for (int i = 0; i < parameters.length; i++) {
            statement.bind(i, parameters[i]);
        }
        return statement;
    }

    @Override
    public GuardSession connect() {
        return new R2dbcSession(
                Objects.requireNonNull(Mono.from(connections.create()).block(Database.PATIENCE)));
    }

    @Override
    public Mono<GuardSession> borrow() {
        return pool.create().map(R2dbcSession::new);
    }

    @Override
    public int borrowed() {
        var metrics = pool.getMetrics().orElseThrow();
        return metrics.acquiredSize() + metrics.pendingAcquireSize();
    }

    @Override
    public int commitBytes() {
        return 6 + PostgresFence.commit().length(); // type, length, the text and a zero
    }

    @Override
    public String sqlState(Throwable error) {
        return error instanceof R2dbcException answer ? String.valueOf(answer.getSqlState()) : "";
    }

    @Override
    public Mono<Void> close() {
        return pool.close();
    }

    private record R2dbcSession(Connection connection) implements GuardSession {
        @Override
        public Mono<Void> begin() {
            return Mono.from(connection.beginTransaction());
        }

        @Override
        public Mono<Void> commit() {
            return Mono.from(connection.commitTransaction());
        }

        @Override
        public Mono<Void> rollback() {
            return Mono.from(connection.rollbackTransaction());
        }

        @Override
        public Mono<Void> run(String sql, Object... parameters) {
            return Flux.from(bind(connection.createStatement(sql), parameters).execute())
                    .flatMap(result -> result.getRowsUpdated())
                    .then();
        }

        @Override
        public Mono<Long> number(String sql) {
            return Database.query(connection, sql).single();
        }

        @Override
        public Mono<Void> close() {
            return Mono.from(connection.close());
        }
    }
}
