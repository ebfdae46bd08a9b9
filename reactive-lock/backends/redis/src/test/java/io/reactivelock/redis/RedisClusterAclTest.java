package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.testservers.RedisCluster;
import io.reactivelock.testservers.SlotMove;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The permissions that docs/backends.md names for a Cluster are enough, also while it moves slots, and all are needed. */
class RedisClusterAclTest {
    private static final LockRequest REQUEST =
            LockRequest.of("a").renewalInterval(Duration.ofMillis(50)).waitTime(PATIENCE);
    private static final int SLOT = SlotHash.getSlot("a");

    private static RedisCluster cluster;
    private static RedisClient admin;
    private static List<RedisCommands<String, String>> nodes;

    private RedisClusterClient client;
    private LockClient locks;

    @BeforeAll
    static void start() {
        cluster = RedisCluster.start();
        admin = RedisClient.create();
        nodes = IntStream.range(0, 3)
                .mapToObj(node ->
                        admin.connect(RedisURI.create(cluster.uri(node))).sync())
                .toList();
    }

    @AfterAll
    static void stop() {
        admin.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        cluster.close();
    }

    @BeforeEach
    void open() {
        client = RedisClusterClient.create(cluster.uri(0).replace("redis://", "redis://locks:secret@"));
        locks = LockClient.create(
                RedisLockBackend.create(client), LockClientOptions.defaults().disposeTimeout(Duration.ofMillis(200)));
    }

    @AfterEach
    void close() {
        locks.close().block(PATIENCE);
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        nodes.forEach(RedisCommands::flushall);
    }

    private static void permitAllBut(String permission) throws IOException {
        List<String> rules = Stream.concat(
                        RedisAclTest.rules(), RedisAclTest.documented("(?s).*In a Cluster also `([^`]+)`.*"))
                .toList();
        assertThat(rules).contains("+asking", "+cluster|nodes");
        nodes.forEach(node -> RedisAclTest.permit(
                node, rules.stream().filter(rule -> !rule.equals(permission)).toList()));
    }

    @Test
    @DisplayName("the documented permissions are enough")
    void enough() throws IOException {
        permitAllBut("");

        Lease held = get(locks.acquire(REQUEST));
        SlotMove move = moveKeys();
        RenewalProbe.await(held);
        move.finish();

        assertThat(get(held.release())).isTrue();
        assertThat(nodes).noneMatch(node -> RedisAclTest.refused(node).contains("asking"));
    }

    @Test
    @DisplayName("without +asking, a lease is not renewed while its slot moves")
    void asking() throws IOException {
        permitAllBut("+asking");

        Lease held = get(locks.acquire(REQUEST));
        SlotMove move = moveKeys();

        await(
                "it is refused",
                () -> nodes.stream().anyMatch(node -> RedisAclTest.refused(node).contains("asking")));
        move.finish();
        assertThat(held.name())
                .as("kept until here: a lease that was dropped is not renewed")
                .isEqualTo(REQUEST.name());
    }

    @Test
    @DisplayName("without +cluster|nodes, no node is found")
    void nodes() throws IOException {
        permitAllBut("+cluster|nodes");

        StepVerifier.create(locks.acquire(REQUEST.waitTime(Duration.ofSeconds(2))))
                .expectError(LockBackendException.class)
                .verify(PATIENCE);
    }

    @Test
    @DisplayName("F9: without +cluster|myid, a hand-off is confirmed by an attempt")
    void myid() throws IOException {
        permitAllBut("+cluster|myid");
        handsOff();
        await(
                "it is refused",
                () -> nodes.stream().anyMatch(node -> RedisAclTest.refused(node).contains("cluster")));
    }

    @Test
    @DisplayName("the documented permissions are enough for a hand-off")
    void enoughToHandOff() throws IOException {
        permitAllBut("");
        handsOff();
        assertThat(nodes).noneMatch(node -> RedisAclTest.refused(node).contains("cluster"));
    }

    private void handsOff() {
        LockClient others = LockClient.create(RedisLockBackend.create(client));
        Lease held = get(locks.acquire(REQUEST));
        Mono<Lease> waiting = others.acquire(REQUEST).cache();
        Disposable running = waiting.subscribe();
        await(
                "it waits",
                () -> nodes.get(cluster.nodeOf(SLOT)).exists("reactive-lock:{" + REQUEST.name() + "}:wait") == 1);

        assertThat(get(held.release())).isTrue();
        assertThat(get(waiting).token().value()).isGreaterThan(held.token().value());

        running.dispose();
        others.close().block(PATIENCE);
    }

    private static SlotMove moveKeys() {
        SlotMove move = cluster.beginMove(SLOT, (cluster.nodeOf(SLOT) + 1) % 3);
        move.moveKeys();
        return move;
    }
}
