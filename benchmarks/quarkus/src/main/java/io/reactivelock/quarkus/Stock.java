package io.reactivelock.quarkus;

import io.r2dbc.spi.Closeable;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Mono;

@Singleton
class Stock {
    private final ConnectionFactory pool;
    private final R2dbcFencingGuard guard;

    @Inject
    Stock(@ConfigProperty(name = "shop.postgresql") String url) {
        pool = ConnectionFactories.get(url);
        guard = R2dbcFencingGuard.create(pool);
    }

    void start(@Observes Startup event) {
        guard.createSchema().block(Duration.ofSeconds(30)); // repeatable; or its SQL by Flyway
    }

    Uni<Long> sell(String sku, FencingToken token) {
        String resource = "item:" + sku;
        Mono<Long> sold = guard.advance(resource, token)
                .then(guard.update(
                        resource,
                        token,
                        "UPDATE stock SET units = units - 1 WHERE sku = $1 AND units > 0",
                        statement -> statement.bind("$1", sku)));
        return Uni.createFrom().publisher(JdkFlowAdapter.publisherToFlowPublisher(sold));
    }

    @PreDestroy
    void close() {
        Mono.from(((Closeable) pool).close()).block(Duration.ofSeconds(10));
    }
}
