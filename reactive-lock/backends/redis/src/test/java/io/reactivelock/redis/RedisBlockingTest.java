package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.LEASE;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.reactivelock.BlockingCanary;
import io.reactivelock.Holder;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * G1: from the first call on, no thread that must not block is blocked: the caller's, or Lettuce's.
 */
class RedisBlockingTest implements BlockingCanary {
    @Test
    @DisplayName("G1: nothing blocks with a URI")
    void uri() {
        try (RedisServer server = RedisServer.start()) {
            assertNothingBlocks(RedisLockBackend.create(server.uri()));
        }
    }

    @Test
    @DisplayName("G1: nothing blocks with the user's client")
    void client() {
        try (RedisServer server = RedisServer.start()) {
            RedisClient client = RedisClient.create(server.uri());
            assertNothingBlocks(RedisLockBackend.create(client));
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }

    @Test
    @DisplayName("G1: nothing blocks with the user's Cluster client")
    void cluster() {
        try (RedisServer server = RedisServer.start("cluster-enabled yes")) {
            RedisClusterClient client = singleNode(server);
            assertNothingBlocks(RedisLockBackend.create(client));
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }

    private static RedisClusterClient singleNode(RedisServer server) {
        RedisClient plain = RedisClient.create(server.uri());
        RedisCommands<String, String> node = plain.connect().sync();
        node.clusterAddSlots(IntStream.range(0, SlotHash.SLOT_COUNT).toArray());
        RedisFixture.await("the Cluster is up", () -> node.clusterInfo().contains("cluster_state:ok"));
        plain.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        return RedisClusterClient.create(server.uri());
    }

    private static void assertNothingBlocks(RedisLockBackend backend) {
        Holder holder = holder();
        Mono<WaitSignal> firstSignal = backend.signals().next();
        Mono<List<RenewalResult>> cycle = firstSignal
                .then(backend.enqueue(command("a", holder), CHECK))
                .then(backend.enqueue(command("a", holder()), CHECK))
                .then(backend.renew(List.of(renewal("a", holder))).collectList())
                .delayUntil(renewed -> backend.release("a", holder))
                .delayUntil(renewed -> backend.close());

        assertThat(get(cycle.subscribeOn(Schedulers.parallel())))
                .containsExactly(new RenewalResult.Renewed(holder, LEASE));
        backend.close().block(PATIENCE);
    }
}
