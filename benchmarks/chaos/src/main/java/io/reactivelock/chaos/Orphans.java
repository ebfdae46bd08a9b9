package io.reactivelock.chaos;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.reactivelock.chaos.fault.ChaosTopology;
import io.reactivelock.chaos.fault.RedisAddress;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/** Finds locks that are still taken though nobody holds them. */
final class Orphans {
    private static final String LOCKS = "*:lock";
    /** A server may be on its way up, or a failover under way. */
    private static final Retry RETRY = Retry.fixedDelay(40, Duration.ofMillis(500));

    private Orphans() {}

    /** The keys of all locks that are taken. */
    static Mono<List<String>> held(RedisAddress redis) {
        return Mono.fromCallable(() -> redis.topology() == ChaosTopology.CLUSTER ? ofCluster(redis) : ofMaster(redis))
                .subscribeOn(Schedulers.boundedElastic())
                .retryWhen(RETRY);
    }

    private static List<String> ofCluster(RedisAddress redis) {
        try (RedisClusterClient client = RedisClusterClient.create(redis.uri());
                StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            return connection.sync().keys(LOCKS);
        }
    }

    private static List<String> ofMaster(RedisAddress redis) {
        try (RedisClient client = RedisClient.create(redis.uri());
                StatefulRedisConnection<String, String> connection = client.connect()) {
            return connection.sync().keys(LOCKS);
        }
    }
}
