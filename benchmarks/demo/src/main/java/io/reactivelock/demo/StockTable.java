package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Result;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What a seller does with the stock of an item. */
record StockTable(DemoDatabase database) {
    /**
     * What a seller knows of an item.
     *
     * @param units how many are left
     * @param version how many sales wrote the row before
     */
    record Stock(int units, long version) {}

    /**
     * Notes that the holder of this token is about to read. It refuses nobody; by it the log can tell for each write whether a
     * later holder had begun.
     */
    Mono<Void> enter(int item, long token) {
        return database.use(connection -> Flux.from(connection
                                .createStatement("UPDATE stock SET highest = $2 WHERE item = $1 AND highest < $2")
                                .bind("$1", item)
                                .bind("$2", token)
                                .execute())
                        .flatMap(Result::getRowsUpdated)
                        .then(Mono.just(token)))
                .then();
    }

    /** The read of read, modify, write. */
    Mono<Stock> read(int item) {
        return database.use(connection -> Flux.from(connection
                        .createStatement("SELECT units, version FROM stock WHERE item = $1")
                        .bind("$1", item)
                        .execute())
                .flatMap(result ->
                        result.map(row -> new Stock(row.get("units", Integer.class), row.get("version", Long.class))))
                .single());
    }

    /**
     * The write of read, modify, write: the stock that was read, less one. The sale goes into the log in the same statement, with
     * its place in the order in which the database took the writes, so that the log is exact.
     */
    static Mono<Boolean> sell(Connection connection, int item, int buyer, Stock read, long token) {
        return Flux.from(connection
                        .createStatement(
                                "WITH sold AS (UPDATE stock SET units = $3, version = version + 1 WHERE item = $1"
                                        + " RETURNING version, highest)"
                                        + " INSERT INTO sale (buyer, item, seq, version_read, token, highest)"
                                        + " SELECT $2, $1, version, $4, $5, highest FROM sold")
                        .bind("$1", item)
                        .bind("$2", buyer)
                        .bind("$3", read.units() - 1)
                        .bind("$4", read.version())
                        .bind("$5", token)
                        .execute())
                .flatMap(Result::getRowsUpdated)
                .then(Mono.just(true));
    }
}
