package io.reactivelock.chaos.fault;

import io.reactivelock.testservers.RedisServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Mono;

/** One server. */
final class StandaloneRedis implements Deployment {
    private final RedisServer server;

    StandaloneRedis(Map<String, String> environment) {
        server = RedisServer.start(environment, Deployment.persistent());
    }

    @Override
    public ChaosTopology topology() {
        return ChaosTopology.STANDALONE;
    }

    @Override
    public String uri() {
        return server.uri();
    }

    @Override
    public List<RedisServer> servers() {
        return List.of(server);
    }

    @Override
    public Mono<Set<Integer>> masters() {
        return Mono.just(Set.of(server.port()));
    }

    @Override
    public List<Fault> failovers(RedisNodes nodes) {
        return List.of();
    }

    @Override
    public void close() {
        server.close();
    }
}
