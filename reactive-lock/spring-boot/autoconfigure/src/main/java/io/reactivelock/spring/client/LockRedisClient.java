package io.reactivelock.spring.client;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;
import io.reactivelock.redis.RedisLockBackend;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;

/**
 * The Redis client of the locks. A bean of its own, so that it is closed after the locks that use it, and of a type of its own, so that
 * no application finds a second Redis client where it asks for its own.
 */
final class LockRedisClient {
    private final AbstractRedisClient client;

    LockRedisClient(RedisOfApplication redis) {
        client = LettuceClients.create(redis.address(), redis.client());
    }

    RedisLockBackend backend() {
        return client instanceof RedisClusterClient cluster
                ? RedisLockBackend.create(cluster)
                : RedisLockBackend.create((RedisClient) client);
    }

    /** Without a quiet period, Netty leaves a channel open that registers while its event loop ends: a reconnect. */
    Mono<Void> close() {
        return Mono.fromFuture(() -> client.shutdownAsync(1, 2_000, TimeUnit.MILLISECONDS));
    }
}
