package io.reactivelock.fencing.r2dbc;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Option;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.testservers.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A schema of its own in a PostgreSQL, with the guard's tables and a ledger that tests write to. */
public final class Database {
    public static final Duration PATIENCE = Duration.ofSeconds(20);

    private final PostgresServer server;
    private final String schema;
    private final ConnectionPool own;

    private Database(PostgresServer server, String schema) {
        this.server = server;
        this.schema = schema;
        this.own = new ConnectionPool(ConnectionPoolConfiguration.builder(factory())
                .initialSize(0)
                .maxSize(4)
                .maxIdleTime(Duration.ofSeconds(1))
                .build());
    }

    public static Database create(PostgresServer server) {
        Database database = empty(server);
        R2dbcFencingGuard.create(database.factory()).createSchema().block(PATIENCE);
        // seq grows under the row lock of balance, so the log has the order of the writes
        database.execute(
                "CREATE TABLE balance (resource text PRIMARY KEY, seq bigint NOT NULL, amount bigint NOT NULL)");
        database.execute("CREATE TABLE log (resource text, seq bigint, token bigint, op text, previous bigint,"
                + " UNIQUE (resource, token, op))");
        return database;
    }

    public static Database empty(PostgresServer server) {
        String schema = "guard_" + UUID.randomUUID().toString().replace("-", "");
        Database database = new Database(server, schema);
        Mono.usingWhen(
                        database.factory(server.host(), server.port(), "public").create(),
                        connection -> Mono.from(connection
                                        .createStatement("CREATE SCHEMA " + schema)
                                        .execute())
                                .then(),
                        Connection::close)
                .block(PATIENCE);
        return database;
    }

    public PostgresServer server() {
        return server;
    }

    public String schema() {
        return schema;
    }

    public ConnectionFactory factory() {
        return factory(server.host(), server.port());
    }

    public ConnectionFactory factory(String host, int port) {
        return factory(host, port, schema);
    }

    /** With options of the driver. */
    public ConnectionFactory factory(Map<String, Object> driver) {
        return factory(server.host(), server.port(), driver);
    }

    /** With options of the driver. */
    public ConnectionFactory factory(String host, int port, Map<String, Object> driver) {
        ConnectionFactoryOptions.Builder options = options(host, port, schema);
        driver.forEach((name, value) -> options.option(Option.valueOf(name), value));
        return ConnectionFactories.get(options.build());
    }

    private ConnectionFactory factory(String host, int port, String searchPath) {
        return ConnectionFactories.get(options(host, port, searchPath).build());
    }

    private ConnectionFactoryOptions.Builder options(String host, int port, String searchPath) {
        return ConnectionFactoryOptions.parse(server.r2dbcUrl())
                .mutate()
                .option(ConnectionFactoryOptions.HOST, host)
                .option(ConnectionFactoryOptions.PORT, port)
                .option(ConnectionFactoryOptions.CONNECT_TIMEOUT, Duration.ofSeconds(5))
                .option(Option.valueOf("schema"), searchPath)
                .option(Option.valueOf("applicationName"), schema);
    }

    public ConnectionPool pool(int size) {
        return pool(factory(), size);
    }

    public static ConnectionPool pool(ConnectionFactory factory, int size) {
        return new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
                .initialSize(0)
                .maxSize(size)
                .build());
    }

    /** Runs SQL on a connection of the test's own. */
    public void execute(String sql) {
        Mono.usingWhen(own.create(), connection -> run(connection, sql), Connection::close)
                .block(PATIENCE);
    }

    public List<Long> numbers(String sql) {
        return Objects.requireNonNull(
                Flux.usingWhen(own.create(), connection -> query(connection, sql), Connection::close)
                        .collectList()
                        .block(PATIENCE));
    }

    public long number(String sql) {
        return numbers(sql).get(0);
    }

    /** The highest token of a resource as committed; 0 where there is none. */
    public long highest(String resource) {
        return number("SELECT coalesce(max(token), 0) FROM fencing_guard WHERE resource = '" + resource + "'");
    }

    public Connection connect() {
        return Objects.requireNonNull(Mono.from(factory().create()).block(PATIENCE));
    }

    /** A connection with a transaction open at an isolation level. */
    public Connection begin(String isolation) {
        Connection connection = connect();
        run(connection, "BEGIN ISOLATION LEVEL " + isolation).block(PATIENCE);
        return connection;
    }

    public static Mono<Void> run(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .flatMap(result -> Flux.from(result.getRowsUpdated()))
                .then();
    }

    public static Flux<Long> query(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map((row, metadata) -> row.get(0, Long.class)));
    }

    public static void close(Connection... connections) {
        Flux.fromArray(connections)
                .concatMap(connection -> Mono.from(connection.close()).onErrorComplete())
                .then()
                .block(PATIENCE);
    }

    /** Waits until a query answers with the number. */
    public void await(String sql, long expected) {
        Mono.fromSupplier(() -> number(sql))
                .subscribeOn(Schedulers.boundedElastic())
                .filter(number -> number == expected)
                .repeatWhenEmpty(none -> none.delayElements(Duration.ofMillis(5)))
                .block(PATIENCE);
    }

    /** How many sessions of this schema's tests wait for a lock while they run a statement like this. */
    public void awaitBlocked(String statement, long sessions) {
        await(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active' AND query LIKE '%"
                        + statement + "%' AND pid <> pg_backend_pid()",
                sessions);
    }

    public static String resource() {
        return "order:" + UUID.randomUUID();
    }

    public static FencingToken token(long value) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new FencingToken(value, new Holder(random.nextLong(), random.nextLong()));
    }
}
