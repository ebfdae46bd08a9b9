package io.reactivelock.testservers;

import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A Redis Cluster of three masters, all embedded, on free ports of the loopback address, persisting nothing unless lines of their
 * configuration say otherwise. Nodes are counted from 0; at first each master has a third of the slots, in order. A node that is silent for two seconds counts as dead; the others go on
 * serving their slots.
 *
 * <pre>{@code
 * try (RedisCluster redis = RedisCluster.start()) {
 *     LockClient locks = LockClient.create(RedisLockBackend.create(RedisClusterClient.create(redis.uri(0))));
 *     hold(locks);
 *     redis.kill(redis.nodeOf(slot));
 * }
 * }</pre>
 *
 * <p>Needs no JUnit. Methods wait until what they do is done. Safe for use by several threads.
 */
public final class RedisCluster implements AutoCloseable {
    private static final int MASTERS = 3;

    private final RedisAdmin admin = new RedisAdmin();
    private final List<EmbeddedRedis> nodes = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();

    private final Map<String, String> environment;
    private final List<String> configLines;

    private RedisCluster(Map<String, String> environment, List<String> configLines) {
        this.environment = environment;
        this.configLines = configLines;
    }

    /**
     * Starts three masters.
     *
     * @return the Cluster; ends when it is closed, at the latest with the JVM
     */
    public static RedisCluster start() {
        return start(0, Map.of());
    }

    /**
     * Starts three masters and a replica of each, which takes over when its master is dead. Node 3 is the replica of node 0.
     *
     * @return the Cluster; ends when it is closed, at the latest with the JVM
     */
    public static RedisCluster startWithReplicas() {
        return startWithReplicas(Map.of());
    }

    /**
     * The same with environment variables and configuration of the nodes.
     *
     * @param environment as for {@link RedisServer#start(Map, String...)}
     * @param configLines further lines of {@code redis.conf}
     * @return the Cluster; ends when it is closed, at the latest with the JVM
     */
    public static RedisCluster startWithReplicas(Map<String, String> environment, String... configLines) {
        return start(MASTERS, environment, configLines);
    }

    private static RedisCluster start(int replicas, Map<String, String> environment, String... configLines) {
        RedisCluster started = new RedisCluster(environment, List.of(configLines));
        try {
            started.startMasters();
            started.startReplicas(replicas);
            return started;
        } catch (RuntimeException e) {
            started.close();
            throw e;
        }
    }

    private void startMasters() {
        for (int i = 0; i < MASTERS; i++) {
            startNode();
            int from = i * SlotHash.SLOT_COUNT / MASTERS;
            int to = (i + 1) * SlotHash.SLOT_COUNT / MASTERS;
            admin.ask(
                    port(i),
                    node -> node.clusterAddSlots(IntStream.range(from, to).toArray()));
        }
        awaitMeeting();
    }

    private void startReplicas(int count) {
        for (int i = 0; i < count; i++) {
            startNode();
        }
        awaitMeeting();
        for (int i = 0; i < count; i++) {
            String master = ids.get(i);
            int replica = port(MASTERS + i);
            admin.ask(replica, node -> node.clusterReplicate(master));
            RedisAdmin.await(
                    "the replica is up to date",
                    () -> admin.ask(replica, node -> node.info("replication")).contains("master_link_status:up"));
        }
    }

    private void startNode() {
        List<String> config = new ArrayList<>(List.of(
                "cluster-enabled yes",
                "cluster-node-timeout 2000",
                "cluster-require-full-coverage no",
                "repl-diskless-sync yes",
                "repl-diskless-sync-delay 0"));
        config.addAll(configLines);
        EmbeddedRedis node = EmbeddedRedis.start(environment, config);
        ids.add(admin.ask(node.port(), started -> {
            started.clusterSetConfigEpoch(ids.size() + 1L);
            // all of them, for it takes nodes seconds to hear of each other
            nodes.forEach(known -> started.clusterMeet(RedisAdmin.HOST, known.port()));
            return started.clusterMyId();
        }));
        nodes.add(node);
    }

    private void awaitMeeting() {
        RedisAdmin.await(
                "all nodes know all nodes, and which slots they serve",
                () -> living().mapToObj(node -> admin.ask(port(node), asked -> asked.clusterInfo()))
                        .allMatch(info -> info.contains("cluster_state:ok")
                                && info.contains("cluster_slots_assigned:" + SlotHash.SLOT_COUNT)
                                && info.contains("cluster_known_nodes:" + nodes.size())));
    }

    /** {@return the nodes, to be killed and restarted; they are closed with the Cluster} */
    public List<RedisServer> nodes() {
        return nodes.stream().map(RedisServer::of).toList();
    }

    /**
     * {@return the port of a node}
     *
     * @param node counted from 0
     */
    public int port(int node) {
        return nodes.get(node).port();
    }

    /**
     * {@return the {@code redis://} URI of a node}
     *
     * @param node counted from 0
     */
    public String uri(int node) {
        return "redis://" + RedisAdmin.HOST + ":" + port(node);
    }

    /**
     * {@return the node that serves a slot}
     *
     * @param slot 0 to 16383
     */
    public int nodeOf(int slot) {
        return nodeOf(slot, view(living().findFirst().orElseThrow()));
    }

    private int nodeOf(int slot, Partitions view) {
        return ids.indexOf(view.getPartitionBySlot(slot).getNodeId());
    }

    /** What a node knows of all nodes. */
    private Partitions view(int node) {
        String view = admin.ask(port(node), asked -> asked.clusterNodes());
        return ClusterPartitionParser.parse(view);
    }

    private IntStream living() {
        return IntStream.range(0, nodes.size()).filter(node -> nodes.get(node).isAlive());
    }

    /**
     * Begins to move a slot: until the move is finished, its node redirects with {@code ASK} who asks for keys that it has not.
     *
     * @param slot 0 to 16383
     * @param to the node that is to serve it
     * @return the move, to be carried on
     */
    public SlotMove beginMove(int slot, int to) {
        int from = nodeOf(slot);
        admin.ask(port(to), node -> node.clusterSetSlotImporting(slot, ids.get(from)));
        admin.ask(port(from), node -> node.clusterSetSlotMigrating(slot, ids.get(to)));
        return new SlotMove(admin, slot, port(from), port(to), () -> assign(slot, from, to));
    }

    /** The new node first, so that there is always one that serves the slot; those that were not told hear it from the others. */
    private void assign(int slot, int from, int to) {
        for (int node : List.of(to, from)) {
            admin.ask(port(node), asked -> asked.clusterSetSlotNode(slot, ids.get(to)));
        }
        RedisAdmin.await(
                "all know who serves slot " + slot, () -> living().allMatch(node -> nodeOf(slot, view(node)) == to));
    }

    /**
     * Moves a slot with its keys.
     *
     * @param slot 0 to 16383
     * @param to the node that is to serve it
     */
    public void moveSlot(int slot, int to) {
        SlotMove move = beginMove(slot, to);
        move.moveKeys();
        move.finish();
    }

    /**
     * Ends a node as {@code kill -9} does; returns before the others notice.
     *
     * @param node counted from 0
     */
    public void kill(int node) {
        nodes.get(node).kill();
    }

    /**
     * Waits until all others have seen that a node is dead and, where it has a replica, that the replica took over.
     *
     * @param node counted from 0
     */
    public void awaitDeathOf(int node) {
        RedisAdmin.await(
                "all have seen that node " + node + " is dead",
                () -> living().allMatch(witness -> sawDeath(view(witness), node)));
    }

    private boolean sawDeath(Partitions view, int node) {
        RedisClusterNode dead = view.getPartitionByNodeId(ids.get(node));
        boolean replicated = nodes.size() > MASTERS && node < MASTERS;
        return dead.is(NodeFlag.FAIL) && (!replicated || dead.getSlots().isEmpty());
    }

    /** Ends all nodes. Repeatable. */
    @Override
    public void close() {
        nodes.forEach(EmbeddedRedis::close);
        admin.close();
    }
}
