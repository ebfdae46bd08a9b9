package io.reactivelock.chaos;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A pool of connections, and statements outside of the guard. Every wait is bounded, for replies get lost here. */
final class ChaosDatabase {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private final ConnectionPool pool;
    private final Duration replyTimeout;

    private ChaosDatabase(ConnectionPool pool, Duration replyTimeout) {
        this.pool = pool;
        this.replyTimeout = replyTimeout;
    }

    static ChaosDatabase open(String url, int connections, Duration replyTimeout) {
        ConnectionFactoryOptions options = ConnectionFactoryOptions.parse(url)
                .mutate()
                .option(ConnectionFactoryOptions.CONNECT_TIMEOUT, CONNECT_TIMEOUT)
                .build();
        return new ChaosDatabase(
                new ConnectionPool(ConnectionPoolConfiguration.builder(ConnectionFactories.get(options))
                        .initialSize(0)
                        .maxSize(connections)
                        .maxAcquireTime(replyTimeout)
                        .maxCreateConnectionTime(replyTimeout)
                        .build()),
                replyTimeout);
    }

    ConnectionFactory connections() {
        return pool;
    }

    Mono<Long> update(String sql, UnaryOperator<Statement> bind) {
        return use(connection -> update(connection, sql, bind));
    }

    static Mono<Long> update(Connection connection, String sql, UnaryOperator<Statement> bind) {
        return Flux.from(bind.apply(connection.createStatement(sql)).execute())
                .flatMap(Result::getRowsUpdated)
                .reduce(0L, Long::sum);
    }

    <T> Flux<T> rows(String sql, UnaryOperator<Statement> bind, Function<Row, T> map) {
        return use(connection -> Flux.from(
                                bind.apply(connection.createStatement(sql)).execute())
                        .flatMap(result -> result.map((row, metadata) -> map.apply(row)))
                        .collectList())
                .flatMapIterable(list -> list);
    }

    /**
     * Works on a connection. A cancel ends the wait and not the work: one that met the pool's grant half-way would leave the
     * connection with nobody. One whose reply does not come is closed below the pool, which then drops it.
     */
    private <T> Mono<T> use(Function<Connection, Mono<T>> work) {
        return Mono.fromFuture(
                () -> Mono.usingWhen(
                                pool.create(),
                                connection -> work.apply(connection)
                                        .timeout(replyTimeout)
                                        .onErrorResume(TimeoutException.class, late -> closeBare(connection, late)),
                                connection -> Mono.from(connection.close()).timeout(replyTimeout))
                        .toFuture(),
                true);
    }

    private <T> Mono<T> closeBare(Connection connection, TimeoutException late) {
        return Mono.from(bare(connection).close())
                .timeout(replyTimeout)
                .doOnError(late::addSuppressed)
                .onErrorComplete()
                .then(Mono.error(late));
    }

    private static Connection bare(Connection connection) {
        return connection instanceof Wrapped<?> wrapper && wrapper.unwrap() instanceof Connection inner
                ? bare(inner)
                : connection;
    }

    Mono<Void> close() {
        return pool.close();
    }
}
