package io.reactivelock.pgguard;

import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.fencing.postgresql.RowFence;
import io.reactivelock.fencing.r2dbc.Database;
import io.reactivelock.fencing.r2dbc.GuardSession;
import io.reactivelock.fencing.r2dbc.GuardSubject;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.vertx.VertxLockClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** The guard over the Vert.x PostgreSQL client. */
record VertxFencingSubject(
        VertxFencingMetrics metrics, PgConnectOptions connections, Pool pool, String name, VertxFencingGuard guard)
        implements GuardSubject {
    static Driver driver(VertxFencingMetrics metrics) {
        return (database, host, port, connections, settings) -> {
            PgConnectOptions options = options(database, host, port);
            settings.forEach(options::addProperty);
            String name = UUID.randomUUID().toString();
            Pool pool = PgBuilder.pool()
                    .with(new PoolOptions().setMaxSize(connections).setName(name))
                    .connectingTo(options)
                    .using(metrics.vertx())
                    .build();
            return new VertxFencingSubject(metrics, options, pool, name, VertxFencingGuard.create(pool));
        };
    }

    static PgConnectOptions options(Database database, String host, int port) {
        PostgresServer server = database.server();
        return new PgConnectOptions()
                .setHost(host)
                .setPort(port)
                .setDatabase(server.database())
                .setUser(server.username())
                .setPassword(server.password())
                .setCachePreparedStatements(true)
                .addProperty("search_path", database.schema())
                .addProperty("application_name", database.schema());
    }

    static <T> Mono<T> mono(Supplier<Future<T>> call) {
        return Mono.create(sink -> call.get().onComplete(sink::success, sink::error));
    }

    static <T> Future<T> future(Mono<T> work) {
        Promise<T> promise = Promise.promise();
        work.subscribe(promise::tryComplete, promise::fail, promise::tryComplete);
        return promise.future();
    }

    @Override
    public GuardSubject with(FencingGuardOptions options) {
        return new VertxFencingSubject(metrics, connections, pool, name, VertxFencingGuard.create(pool, options));
    }

    @Override
    public Mono<Void> createSchema() {
        return mono(guard::createSchema);
    }

    @Override
    public Mono<Void> advance(String resource, FencingToken token) {
        return mono(() -> guard.advance(resource, token));
    }

    @Override
    public Mono<Void> check(GuardSession session, String resource, FencingToken token) {
        return mono(() -> guard.check(((VertxSession) session).connection(), resource, token));
    }

    @Override
    public Mono<Void> check(GuardSession session, Map<String, FencingToken> tokens) {
        return mono(() -> guard.check(((VertxSession) session).connection(), tokens));
    }

    @Override
    public <T> Mono<T> write(String resource, FencingToken token, Function<GuardSession, Mono<T>> work) {
        return mono(() -> guard.write(resource, token, connection -> future(work.apply(new VertxSession(connection)))));
    }

    @Override
    public <T> Mono<T> writeOnce(
            String resource, FencingToken token, String operation, Function<GuardSession, Mono<T>> work) {
        return mono(() -> guard.<T>writeOnce(
                        resource, token, operation, connection -> future(work.apply(new VertxSession(connection)))))
                .flatMap(Mono::justOrEmpty);
    }

    @Override
    public Mono<Void> enforce(String table, String expression) {
        return mono(() -> guard.enforce(table, expression));
    }

    @Override
    public Mono<Void> lift(String table) {
        return mono(() -> guard.lift(table));
    }

    @Override
    public Mono<Long> update(String resource, FencingToken token, String sql, Object... parameters) {
        return mono(() -> guard.update(resource, token, sql, Tuple.from(Arrays.asList(parameters))));
    }

    @Override
    public Mono<Void> fenceRows(RowFence rows) {
        return mono(() -> guard.fenceRows(rows));
    }

    @Override
    public Mono<Void> advance(RowFence rows, String key, FencingToken token) {
        return mono(() -> guard.advance(rows, key, token));
    }

    @Override
    public Mono<Long> update(RowFence rows, String key, FencingToken token, String sql, Object... parameters) {
        return mono(() -> guard.update(rows, key, token, sql, Tuple.from(Arrays.asList(parameters))));
    }

    @Override
    public <T> Mono<T> withLock(LockClient locks, LockRequest request, Function<FencingToken, Mono<T>> work) {
        VertxLockClient client = VertxLockClient.create(metrics.vertx(), locks);
        return mono(() -> guard.withLock(client, request, lease -> future(work.apply(lease.token()))));
    }

    @Override
    public GuardSession connect() {
        return new VertxSession(Objects.requireNonNull(
                mono(() -> PgConnection.connect(metrics.vertx(), connections)).block(Database.PATIENCE)));
    }

    @Override
    public Mono<GuardSession> borrow() {
        return mono(pool::getConnection).map(VertxSession::new);
    }

    @Override
    public int borrowed() {
        return metrics.borrowed(name);
    }

    @Override
    public int commitBytes() {
        return 6 + PostgresFence.commit().length(); // type, length, the text and a zero
    }

    @Override
    public String sqlState(Throwable error) {
        return error instanceof PgException answer ? answer.getSqlState() : "";
    }

    @Override
    public Mono<Void> close() {
        return mono(pool::close);
    }

    private record VertxSession(SqlConnection connection) implements GuardSession {
        @Override
        public Mono<Void> begin() {
            return mono(connection::begin).then();
        }

        @Override
        public Mono<Void> commit() {
            return Mono.defer(() -> {
                Transaction open = connection.transaction();
                // in the work of a write the client knows of none
                return open == null ? run("COMMIT") : mono(open::commit);
            });
        }

        @Override
        public Mono<Void> rollback() {
            return mono(() -> connection.transaction().rollback());
        }

        @Override
        public Mono<Void> run(String sql, Object... parameters) {
            return mono(() -> parameters.length == 0
                            ? connection.query(sql).execute()
                            : connection.preparedQuery(sql).execute(Tuple.from(Arrays.asList(parameters))))
                    .then();
        }

        @Override
        public Mono<Long> number(String sql) {
            return mono(() -> connection.query(sql).execute())
                    .map(rows -> rows.iterator().next().getLong(0));
        }

        @Override
        public Mono<Void> close() {
            return mono(connection::close);
        }
    }
}
