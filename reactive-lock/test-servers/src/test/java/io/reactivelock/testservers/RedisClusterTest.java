package io.reactivelock.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class RedisClusterTest {
    private static final String KEY = "a";
    private static final int SLOT = SlotHash.getSlot(KEY);

    @Test
    @DisplayName("a slot that moves redirects first with ASK, then with MOVED, and takes its keys along")
    void movesSlots() {
        try (RedisCluster redis = RedisCluster.start();
                RedisAdmin admin = new RedisAdmin()) {
            int from = redis.nodeOf(SLOT);
            int to = (from + 1) % 3;
            admin.ask(redis.port(from), node -> node.set(KEY, "1"));

            SlotMove move = redis.beginMove(SLOT, to);
            assertThat(admin.<String>ask(redis.port(from), node -> node.get(KEY)))
                    .isEqualTo("1");
            assertRedirects(admin, redis.port(to), "MOVED " + SLOT);

            move.moveKeys();
            assertRedirects(admin, redis.port(from), "ASK " + SLOT);

            move.finish();
            assertRedirects(admin, redis.port(from), "MOVED " + SLOT);
            assertThat(redis.nodeOf(SLOT)).isEqualTo(to);
            assertThat(admin.<String>ask(redis.port(to), node -> node.get(KEY))).isEqualTo("1");

            redis.moveSlot(SLOT, from);
            assertThat(admin.<String>ask(redis.port(from), node -> node.get(KEY)))
                    .isEqualTo("1");
        }
    }

    @Test
    @DisplayName("without replicas, the others go on without a dead node, and its slots are served by nobody")
    void goesOnWithoutTheDead() {
        try (RedisCluster redis = RedisCluster.start();
                RedisAdmin admin = new RedisAdmin()) {
            int dead = redis.nodeOf(SLOT);
            int other = (dead + 1) % 3;
            redis.kill(dead);
            redis.awaitDeathOf(dead);

            assertRedirects(admin, redis.port(other), "MOVED " + SLOT + " 127.0.0.1:" + redis.port(dead));
            assertThat(admin.<String>ask(redis.port(other), node -> node.set(keyOf(redis, other), "1")))
                    .isEqualTo("OK");
        }
    }

    @Test
    @DisplayName("with replicas, a replica takes over; nothing is left of a closed Cluster")
    void replacesTheDead() {
        int second;
        try (RedisAdmin admin = new RedisAdmin()) {
            try (RedisCluster redis = RedisCluster.startWithReplicas()) {
                int first = redis.nodeOf(SLOT);
                admin.ask(redis.port(first), node -> {
                    node.set(KEY, "1");
                    return node.waitForReplication(1, 0);
                });

                redis.kill(first);
                redis.awaitDeathOf(first);

                assertThat(redis.nodeOf(SLOT)).isEqualTo(first + 3);
                second = redis.port(first + 3);
                assertThat(admin.<String>ask(second, node -> node.get(KEY))).isEqualTo("1");
            }
            assertThatThrownBy(() -> admin.ask(second, node -> node.ping()))
                    .isInstanceOf(RedisConnectionException.class);
        }
    }

    @Test
    @DisplayName("a node that is restarted empty is the node that it was")
    void restartsANode() {
        try (RedisCluster redis = RedisCluster.start();
                RedisAdmin admin = new RedisAdmin()) {
            int node = redis.nodeOf(SLOT);
            admin.ask(redis.port(node), master -> master.set(KEY, "1"));

            redis.nodes().get(node).restartEmpty();

            RedisAdmin.await(
                    "the node serves its slots again",
                    () -> admin.ask(redis.port(node), RedisCommands::clusterInfo)
                            .contains("cluster_state:ok"));
            assertThat(admin.<String>ask(redis.port(node), master -> master.get(KEY)))
                    .isNull();
            assertThat(redis.nodeOf(SLOT)).isEqualTo(node);
        }
    }

    private static String keyOf(RedisCluster redis, int node) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "k" + i)
                .filter(key -> redis.nodeOf(SlotHash.getSlot(key)) == node)
                .findFirst()
                .orElseThrow();
    }

    private static void assertRedirects(RedisAdmin admin, int port, String reply) {
        assertThatThrownBy(() -> admin.ask(port, node -> node.get(KEY)))
                .isInstanceOf(RedisCommandExecutionException.class)
                .hasMessageStartingWith(reply);
    }
}
