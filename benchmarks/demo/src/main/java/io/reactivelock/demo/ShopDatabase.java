package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The parent's side of the database: a schema of the demo's own, its tables, and what their log says. */
final class ShopDatabase {
    private final DemoDatabase database;
    private final String schema;

    ShopDatabase(DemoDatabase database, String schema) {
        this.database = database;
        this.schema = schema;
    }

    /**
     * What the log of one mode says.
     *
     * @param sold sales
     * @param oversold units sold that were not there
     * @param lostUpdates sales that are not in the stock row
     * @param overtaken sales that were written upon an old read
     * @param lateTokens sales whose token was lower than one that had begun before
     * @param fallenTokens sales whose token was lower than one that had written before
     * @param buyers who is in the log
     */
    record Log(
            long sold,
            long oversold,
            long lostUpdates,
            long overtaken,
            long lateTokens,
            long fallenTokens,
            Set<Integer> buyers) {}

    /** Creates schema and tables. */
    Mono<Void> create() {
        R2dbcFencingGuard guard = R2dbcFencingGuard.create(database.connections());
        return execute(
                        "CREATE SCHEMA " + schema,
                        "CREATE TABLE stock (item int PRIMARY KEY, units int NOT NULL, initial int NOT NULL,"
                                + " version bigint NOT NULL DEFAULT 0, highest bigint NOT NULL DEFAULT 0)",
                        "CREATE TABLE sale (buyer int PRIMARY KEY, item int NOT NULL, seq bigint NOT NULL,"
                                + " version_read bigint NOT NULL, token bigint NOT NULL, highest bigint NOT NULL,"
                                + " UNIQUE (item, seq))")
                .then(guard.createSchema())
                .onErrorMap(
                        R2dbcException.class,
                        failure -> new DemoException(
                                "The demo cannot create its tables. " + DemoFailures.sentence(failure), failure));
    }

    /** Fills the shelves, and forgets what was sold. */
    Mono<Void> reset(DemoPlan plan) {
        return execute("TRUNCATE stock, sale")
                .thenMany(Flux.range(0, plan.items()))
                .concatMap(item -> execute("INSERT INTO stock (item, units, initial) VALUES (" + item + ", "
                        + plan.stockOf(item) + ", " + plan.stockOf(item) + ")"))
                .then();
    }

    /**
     * Reads the log. Every write sets the stock to one less than what it had read, so the drop of the stock is the number of sales
     * that the last write knew of, and what is missing from that is lost.
     */
    Mono<Log> log() {
        Mono<Set<Integer>> buyers = rows(
                        "SELECT buyer FROM sale", row -> number(row, "buyer").intValue())
                .collect(Collectors.toSet());
        return buyers.flatMap(known -> rows(
                        "WITH history AS (SELECT *, max(token) OVER (PARTITION BY item ORDER BY seq"
                                + " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM sale),"
                                + " item AS (SELECT initial, units, (SELECT count(*) FROM sale WHERE sale.item = stock.item)"
                                + " AS sold FROM stock)"
                                + " SELECT (SELECT count(*) FROM sale) AS sold,"
                                + " (SELECT sum(greatest(sold - initial, -units, 0)) FROM item)::bigint AS oversold,"
                                + " (SELECT sum(sold - (initial - units)) FROM item)::bigint AS lost,"
                                + " (SELECT count(*) FROM history WHERE version_read <> seq - 1) AS overtaken,"
                                + " (SELECT count(*) FROM history WHERE token < highest) AS late,"
                                + " (SELECT count(*) FROM history WHERE token < before) AS fallen",
                        row -> new Log(
                                number(row, "sold"),
                                number(row, "oversold"),
                                number(row, "lost"),
                                number(row, "overtaken"),
                                number(row, "late"),
                                number(row, "fallen"),
                                known))
                .single());
    }

    /** Takes all of it away again. */
    Mono<Void> drop() {
        return execute("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    }

    Mono<String> version() {
        return rows("SELECT current_setting('server_version') AS version", row -> String.valueOf(row.get("version")))
                .single();
    }

    Mono<Void> close() {
        return database.close();
    }

    private static Long number(Row row, String column) {
        Number value = row.get(column, Number.class);
        if (value == null) {
            throw new IllegalStateException("no value in column " + column);
        }
        return value.longValue();
    }

    private <T> Flux<T> rows(String sql, Function<Row, T> map) {
        return database.use(
                        connection -> Flux.from(connection.createStatement(sql).execute())
                                .flatMap(result -> result.map((row, metadata) -> map.apply(row)))
                                .collectList())
                .flatMapIterable(list -> list);
    }

    private Mono<Void> execute(String... statements) {
        return database.use(connection -> Flux.fromArray(statements)
                        .concatMap(sql -> run(connection, sql))
                        .count())
                .then();
    }

    private static Mono<Void> run(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .flatMap(Result::getRowsUpdated)
                .then();
    }
}
