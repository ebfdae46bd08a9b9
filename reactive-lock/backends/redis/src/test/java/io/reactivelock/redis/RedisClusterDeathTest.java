package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RenewalProbe.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss.Reason;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.testservers.RedisCluster;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** On a Cluster: a master dies. */
@Tag("long")
class RedisClusterDeathTest {
    private static final Duration LEASE = Duration.ofSeconds(4);

    @Test
    @DisplayName(
            "B6, B7: a dead master ends its own locks, in documented errors and in time, and makes no other renewal late")
    void withoutReplica() {
        try (RedisCluster cluster = RedisCluster.start();
                Locks locks = new Locks(cluster)) {
            List<Lease> doomed = locks.acquire(namesOn(0), LEASE);
            List<Lease> others = locks.acquire(
                    Stream.concat(namesOn(1).stream(), namesOn(2).stream()).toList(), LEASE);
            Mono<Duration> shortest = Flux.interval(Duration.ofMillis(10))
                    .map(tick -> others.stream()
                            .map(Lease::remaining)
                            .min(Duration::compareTo)
                            .orElseThrow())
                    .takeUntilOther(
                            Flux.fromIterable(doomed).flatMap(Lease::lost).then())
                    .reduce((a, b) -> a.compareTo(b) < 0 ? a : b)
                    .cache();
            Disposable measuring = shortest.subscribe();

            cluster.kill(0);

            for (Lease lease : doomed) {
                assertThat(get(lease.lost()).reason()).isEqualTo(Reason.EXPIRED);
            }
            assertThat(get(shortest)).isGreaterThan(LEASE.dividedBy(2));
            assertThat(others).allMatch(Lease::isValid);
            measuring.dispose();

            StepVerifier.create(locks.client.acquire(request(namesOn(0).get(0)).waitTime(Duration.ofMillis(500))))
                    .expectErrorSatisfies(e -> {
                        assertThat(e).isInstanceOf(LockBackendException.class);
                        assertThat(((LockBackendException) e).isTransient()).isTrue();
                    })
                    .verify(Duration.ofSeconds(5));
            locks.releaseAndAcquireAgain(others);
        }
    }

    @Test
    @DisplayName("A7, B6, D1: where a replica takes over, the leases of a dead master go on, and tokens rise")
    void withReplica() {
        try (RedisCluster cluster = RedisCluster.startWithReplicas();
                Locks locks = new Locks(cluster)) {
            List<Lease> held = locks.acquire(namesOn(0), PATIENCE);
            replicated(cluster);

            cluster.kill(0);

            cluster.awaitDeathOf(0);
            held.forEach(RenewalProbe::await);
            locks.releaseAndAcquireAgain(held);
        }
    }

    @Test
    @DisplayName("F6: a client whose node for signals dies listens at another one, and its waiters go on")
    void listenedNodeDies() {
        try (RedisCluster cluster = RedisCluster.start();
                Locks holder = new Locks(cluster);
                Locks waiter = new Locks(cluster);
                RedisClient admin = RedisClient.create()) {
            List<Lease> held = holder.acquire(
                    IntStream.range(0, 3).mapToObj(node -> namesOn(node).get(0)).toList(), PATIENCE);
            List<Mono<Lease>> waiting = held.stream()
                    .map(lease -> waiter.client
                            .acquire(request(lease.name()).waitTime(PATIENCE))
                            .cache())
                    .toList();
            Disposable running = Flux.merge(waiting).onErrorComplete().subscribe();
            await("it listens", () -> listeners(admin, cluster).size() == 1);
            int dead = listeners(admin, cluster).get(0);

            cluster.kill(dead);

            await("it listens elsewhere", () -> listeners(admin, cluster).size() == 1);
            int other = (dead + 1) % 3;
            assertThat(get(held.get(other).release())).isTrue();
            Lease next = get(waiting.get(other));
            assertThat(next.token().value())
                    .isGreaterThan(held.get(other).token().value());
            running.dispose();
        }
    }

    /** The living nodes at which someone listens. */
    private static List<Integer> listeners(RedisClient admin, RedisCluster cluster) {
        return IntStream.range(0, 3)
                .filter(node -> listens(admin, RedisURI.create(cluster.uri(node))))
                .boxed()
                .toList();
    }

    private static boolean listens(RedisClient admin, RedisURI node) {
        try (StatefulRedisConnection<String, String> connection = admin.connect(node)) {
            return !connection.sync().pubsubChannels().isEmpty();
        } catch (RedisConnectionException dead) {
            return false;
        }
    }

    /** A replica gets all writes in one order: when it has this one, it has those before it. */
    private static void replicated(RedisCluster cluster) {
        RedisClient client = RedisClient.create(cluster.uri(0));
        RedisCommands<String, String> master = client.connect().sync();
        master.set("last:{" + namesOn(0).get(0) + "}", "1");
        assertThat(master.waitForReplication(1, PATIENCE.toMillis())).isEqualTo(1);
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    private static LockRequest request(String name) {
        return LockRequest.of(name).renewalInterval(Duration.ofMillis(200));
    }

    /** Of a Cluster whose slots have not moved. */
    private static List<String> namesOn(int node) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "n" + i)
                .filter(name -> SlotHash.getSlot(name) * 3 / SlotHash.SLOT_COUNT == node)
                .limit(5)
                .toList();
    }

    /** A client that looks often where the slots are. */
    private static final class Locks implements AutoCloseable {
        private final RedisClusterClient redis;
        private final LockClient client;

        @SuppressWarnings("deprecation") // all triggers are on in Lettuce 7, and none in Lettuce 6
        Locks(RedisCluster cluster) {
            redis = RedisClusterClient.create(cluster.uri(1));
            redis.setOptions(ClusterClientOptions.builder()
                    .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                            .enableAllAdaptiveRefreshTriggers()
                            .adaptiveRefreshTriggersTimeout(Duration.ofMillis(500))
                            .build())
                    .build());
            client = LockClient.create(
                    RedisLockBackend.create(redis),
                    LockClientOptions.defaults().disposeTimeout(Duration.ofMillis(200)));
        }

        List<Lease> acquire(List<String> names, Duration leaseTime) {
            return names.stream()
                    .map(name -> get(client.acquire(request(name).leaseTime(leaseTime))))
                    .toList();
        }

        void releaseAndAcquireAgain(List<Lease> leases) {
            for (Lease lease : leases) {
                assertThat(get(lease.release())).isTrue();
                Lease next = get(client.acquire(request(lease.name())));
                assertThat(next.token().value()).isGreaterThan(lease.token().value());
            }
        }

        @Override
        public void close() {
            client.close().block(PATIENCE);
            RedisFixture.shutdownAfterCuts(redis);
        }
    }
}
