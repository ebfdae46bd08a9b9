package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Connections with one setting of the session. */
record Fixed(ConnectionFactory factory, String setting, String value) implements ConnectionFactory {
    @Override
    public Publisher<? extends Connection> create() {
        return Mono.from(factory.create())
                .delayUntil(connection ->
                        Database.run(connection, "SELECT set_config('" + setting + "', '" + value + "', false)"));
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return factory.getMetadata();
    }
}
