package io.reactivelock.chaos.fault;

import io.reactivelock.testservers.RedisServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The servers of Redis as targets.
 *
 * @param deployment the servers
 * @param control talks to them
 * @param exclusive admits one fault at a time of those that stop, end or replace a server
 */
record RedisNodes(Deployment deployment, RedisControl control, ExclusiveTarget exclusive) {
    RedisNodes(Deployment deployment, RedisControl control) {
        this(deployment, control, new ExclusiveTarget("the Redis servers"));
    }

    static Deployment start(ChaosTopology topology, Map<String, String> environment, RedisControl control) {
        return switch (topology) {
            case STANDALONE -> new StandaloneRedis(environment);
            case SENTINEL -> new SentinelRedis(environment);
            case CLUSTER -> new ClusterRedis(environment, control);
        };
    }

    /** Harms a master while no other fault stops, ends or replaces a server. */
    Mono<Void> alone(RandomGenerator random, Function<RedisServer, Mono<Void>> fault) {
        return exclusive.alone(master(random).flatMap(fault));
    }

    /** One of the servers that grant locks now. */
    Mono<RedisServer> master(RandomGenerator random) {
        return deployment.masters().map(masters -> {
            List<RedisServer> servers = deployment.servers().stream()
                    .filter(server -> masters.contains(server.port()))
                    .toList();
            return servers.get(random.nextInt(servers.size()));
        });
    }

    /** What the death of a server relaxes. A replica may be promoted before the server is back. */
    Set<RelaxedGuarantee> relaxedByDeath() {
        return deployment.topology() == ChaosTopology.STANDALONE ? Set.of() : Set.of(RelaxedGuarantee.DURABLE_GRANTS);
    }

    static Mono<Void> blocking(Runnable work) {
        return Mono.<Void>fromRunnable(work).subscribeOn(Schedulers.boundedElastic());
    }
}
