package io.reactivelock.chaos.fault;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Option;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Talks to PostgreSQL, past the proxy, each time over a new connection, which faults spare. */
final class PostgresControl {
    /** What {@code application_name} says of connections that faults spare. */
    static final String SPARED = "benchmarks-chaos-control";

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Retry UNTIL_ANSWERED = Retry.fixedDelay(100, Duration.ofMillis(50));

    private final ConnectionFactory connections;

    PostgresControl(String url) {
        connections = ConnectionFactories.get(ConnectionFactoryOptions.parse(url)
                .mutate()
                .option(ConnectionFactoryOptions.CONNECT_TIMEOUT, CONNECT)
                .option(Option.valueOf("applicationName"), SPARED)
                .build());
    }

    <T> Mono<T> use(Function<Connection, Mono<T>> work) {
        return Mono.usingWhen(connections.create(), work, Connection::close).timeout(PATIENCE);
    }

    /** The first column of all rows. */
    <T> Flux<T> query(Class<T> type, String sql) {
        return use(connection -> query(connection, type, sql).collectList()).flatMapIterable(rows -> rows);
    }

    static <T> Flux<T> query(Connection connection, Class<T> type, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map(row -> row.get(0, type)));
    }

    static Mono<Void> execute(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.getRowsUpdated())
                .then();
    }

    /** Completes when the server takes connections and answers. */
    Mono<Void> answers() {
        return query(Integer.class, "SELECT 1").retryWhen(UNTIL_ANSWERED).then();
    }
}
