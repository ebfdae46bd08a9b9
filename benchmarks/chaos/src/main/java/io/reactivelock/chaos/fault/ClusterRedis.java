package io.reactivelock.chaos.fault;

import io.lettuce.core.KillArgs;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag;
import io.lettuce.core.protocol.CommandType;
import io.reactivelock.testservers.RedisCluster;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Three masters, each with a replica. */
final class ClusterRedis implements Deployment {
    /** Nodes hear of each other's parts a moment later. */
    private static final Retry UNTIL_SEEN =
            Retry.fixedDelay(100, Duration.ofMillis(100)).onRetryExhaustedThrow((retry, last) -> last.failure());

    private final RedisCluster redis;
    private final RedisControl control;

    ClusterRedis(Map<String, String> environment, RedisControl control) {
        this.control = control;
        redis = RedisCluster.startWithReplicas(environment, Deployment.persistent());
    }

    @Override
    public ChaosTopology topology() {
        return ChaosTopology.CLUSTER;
    }

    @Override
    public String uri() {
        return redis.uri(0);
    }

    @Override
    public List<RedisServer> servers() {
        return redis.nodes();
    }

    @Override
    public Mono<Set<Integer>> masters() {
        return anyView()
                .map(view ->
                        masters(view).map(node -> node.getUri().getPort()).collect(Collectors.toUnmodifiableSet()));
    }

    @Override
    public List<Fault> failovers(RedisNodes nodes) {
        return List.of(
                Act.of(
                        "redis failover",
                        Set.of(RelaxedGuarantee.DURABLE_GRANTS),
                        random -> nodes.alone(
                                random, master -> replicaOf(master).flatMap(replica -> promote(replica, false)))),
                Act.of(
                        "redis failover, writes lost",
                        Set.of(RelaxedGuarantee.DURABLE_GRANTS),
                        random -> nodes.alone(
                                random,
                                master -> replicaOf(master)
                                        .flatMap(replica -> losingFailover(random, master, replica)))));
    }

    /** What the master answers from its isolation on is lost with it; it comes back as a replica, without its data. */
    private Mono<Void> losingFailover(RandomGenerator random, RedisServer master, int replica) {
        Mono<Void> loss = stopReplication(master)
                .then(Mono.delay(Act.between(random, 100, 500)))
                .then(RedisNodes.blocking(master::kill))
                .then(promote(replica, true));
        return Mono.usingWhen(Mono.just(master), killed -> loss, killed -> RedisNodes.blocking(killed::restartEmpty));
    }

    /** Until the master is restarted. */
    private Mono<Void> stopReplication(RedisServer master) {
        return control.<Long>ask(
                        master.port(),
                        redis -> RedisControl.command(redis, CommandType.ACL, "SETUSER", "default", "-sync", "-psync")
                                .then(redis.clientKill(KillArgs.Builder.typeSlave())))
                .then();
    }

    private Mono<Void> promote(int replica, boolean takeOver) {
        Mono<Integer> seen = masters()
                .filter(masters -> masters.contains(replica))
                .map(masters -> replica)
                .switchIfEmpty(Mono.error(() -> new NotInjectedException("node " + replica + " was not promoted")))
                .retryWhen(UNTIL_SEEN);
        return control.ask(replica, node -> node.clusterFailover(takeOver, takeOver))
                .then(seen)
                .then();
    }

    private Mono<Integer> replicaOf(RedisServer master) {
        return view(master.port())
                .flatMap(view -> Mono.justOrEmpty(view.stream()
                        .filter(node -> isThere(node) && isReplicaOf(node, master.port(), view))
                        .map(node -> node.getUri().getPort())
                        .findAny()))
                .switchIfEmpty(Mono.error(() -> new NotInjectedException("node " + master.port() + " has no replica")))
                .retryWhen(UNTIL_SEEN);
    }

    private static boolean isReplicaOf(RedisClusterNode node, int port, List<RedisClusterNode> view) {
        return view.stream()
                .anyMatch(master ->
                        master.getUri().getPort() == port && master.getNodeId().equals(node.getSlaveOf()));
    }

    private static Stream<RedisClusterNode> masters(List<RedisClusterNode> view) {
        return view.stream().filter(node -> isThere(node) && !node.getSlots().isEmpty());
    }

    private static boolean isThere(RedisClusterNode node) {
        return !node.is(NodeFlag.FAIL) && !node.is(NodeFlag.EVENTUAL_FAIL);
    }

    /** Of the first node that answers. */
    private Mono<List<RedisClusterNode>> anyView() {
        return Flux.fromIterable(servers())
                .concatMap(server -> view(server.port()).onErrorComplete())
                .next()
                .switchIfEmpty(Mono.error(() -> new NotInjectedException("no node of the Cluster answers")));
    }

    private Mono<List<RedisClusterNode>> view(int port) {
        return control.<String>ask(port, node -> node.clusterNodes())
                .map(nodes -> ClusterPartitionParser.parse(nodes).getPartitions());
    }

    @Override
    public void close() {
        redis.close();
    }
}
