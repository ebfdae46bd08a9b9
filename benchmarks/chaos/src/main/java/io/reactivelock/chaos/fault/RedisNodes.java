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
 * @param turn is had by a fault that stops, ends or replaces one
 */
record RedisNodes(Deployment deployment, RedisControl control, Turn turn) {
    RedisNodes(Deployment deployment, RedisControl control) {
        this(deployment, control, new Turn("the Redis servers"));
    }

    static Deployment start(Topology topology, Map<String, String> environment, RedisControl control) {
        return switch (topology) {
            case STANDALONE -> new StandaloneRedis(environment);
            case SENTINEL -> new SentinelRedis(environment);
            case CLUSTER -> new ClusterRedis(environment, control);
        };
    }

    /** Does something to a master while no other fault stops, ends or replaces one. */
    Mono<Void> alone(RandomGenerator random, Function<RedisServer, Mono<Void>> fault) {
        return turn.alone(master(random).flatMap(fault));
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

    /** What a fault that ends a server takes away: where there are replicas, one of them may be promoted before it is back. */
    Set<Hazard> hazardsOfDeath() {
        return deployment.topology() == Topology.STANDALONE ? Set.of() : Set.of(Hazard.DATA_LOSS);
    }

    static Mono<Void> blocking(Runnable work) {
        return Mono.<Void>fromRunnable(work).subscribeOn(Schedulers.boundedElastic());
    }
}
