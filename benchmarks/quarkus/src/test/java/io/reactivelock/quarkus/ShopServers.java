package io.reactivelock.quarkus;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.util.Map;

/** A Redis and a PostgreSQL for the application. */
public final class ShopServers implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
        PostgresServer postgres = PostgresServer.shared();
        return Map.of(
                "shop.redis",
                RedisServer.shared().uri(),
                "shop.postgresql",
                "r2dbc:pool:postgresql://%s:%s@%s:%d/%s"
                        .formatted(
                                postgres.username(),
                                postgres.password().isEmpty() ? "unused" : postgres.password(),
                                postgres.host(),
                                postgres.port(),
                                postgres.database()));
    }

    /** The servers end with the JVM. */
    @Override
    public void stop() {}
}
