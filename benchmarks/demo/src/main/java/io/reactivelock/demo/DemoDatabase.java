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
final class DemoDatabase {
    private static final int CONNECTIONS = 8;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final ConnectionPool pool;

    private DemoDatabase(ConnectionPool pool) {
        this.pool = pool;
    }

    static DemoDatabase open(String url, String schema) {
        ConnectionFactoryOptions options = ConnectionFactoryOptions.parse(url)
                .mutate()
                .option(Option.valueOf("schema"), schema)
                .option(ConnectionFactoryOptions.CONNECT_TIMEOUT, CONNECT_TIMEOUT)
                .build();
        return new DemoDatabase(new ConnectionPool(ConnectionPoolConfiguration.builder(ConnectionFactories.get(options))
                .initialSize(0)
                .maxSize(CONNECTIONS)
                .maxAcquireTime(TIMEOUT)
                .build()));
    }

    ConnectionFactory connections() {
        return pool;
    }

    /**
     * Works on a connection. A cancel ends the wait but not the work: a cancel that crossed the pool's grant would leak the
     * connection.
     */
    <T> Mono<T> use(Function<Connection, Mono<T>> work) {
        return Mono.fromFuture(
                () -> Mono.usingWhen(pool.create(), work, Connection::close).toFuture(), true);
    }

    Mono<Void> close() {
        return pool.close();
    }
}
