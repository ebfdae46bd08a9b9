package io.reactivelock.quarkus;

import io.reactivelock.mutiny.MutinyLockClient;
import io.reactivelock.redis.RedisLockBackend;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

@Singleton
class LockProducer {
    @Produces
    @ApplicationScoped
    MutinyLockClient locks(@ConfigProperty(name = "shop.redis") String redis) {
        return MutinyLockClient.create(RedisLockBackend.create(redis));
    }

    void close(@Disposes MutinyLockClient locks) {
        locks.close().await().atMost(Duration.ofSeconds(10));
    }
}
