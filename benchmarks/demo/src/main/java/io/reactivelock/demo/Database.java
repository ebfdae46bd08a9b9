package io.reactivelock.demo;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Option;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** A pool of connections that see the demo's own schema. */
final class Database {
    private static final int CONNECTIONS = 8;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final ConnectionPool pool;

    private Database(ConnectionPool pool) {
        this.pool = pool;
    }

    static Database open(String url, String schema) {
        ConnectionFactoryOptions options = ConnectionFactoryOptions.parse(url)
                .mutate()
                .option(Option.valueOf("schema"), schema)
                .option(ConnectionFactoryOptions.CONNECT_TIMEOUT, CONNECT_TIMEOUT)
                .build();
        return new Database(new ConnectionPool(ConnectionPoolConfiguration.builder(ConnectionFactories.get(options))
                .initialSize(0)
                .maxSize(CONNECTIONS)
                .maxAcquireTime(TIMEOUT)
                .build()));
    }

    ConnectionFactory connections() {
        return pool;
    }

    /**
     * Works on a connection. A cancel ends the wait and not the work: one that met the pool's grant half-way would leave the
     * connection with nobody.
     */
    <T> Mono<T> use(Function<Connection, Mono<T>> work) {
        return Mono.fromFuture(
                () -> Mono.usingWhen(pool.create(), work, Connection::close).toFuture(), true);
    }

    Mono<Void> close() {
        return pool.close();
    }
}
