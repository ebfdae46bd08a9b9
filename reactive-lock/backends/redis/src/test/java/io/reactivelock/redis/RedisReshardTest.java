package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.event.AskRedirectionEvent;
import io.lettuce.core.cluster.event.MovedRedirectionEvent;
import io.lettuce.core.cluster.event.RedirectionEventSupport;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.testservers.RedisCluster;
import io.reactivelock.testservers.SlotMove;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** On a Cluster: the slot of a lock moves to another node, and the clients have to find it there. */
class RedisReshardTest {
    private static RedisCluster cluster;
    private static RedisClusterClient client;
    private static StatefulRedisClusterConnection<String, String> connection;
    private static LockClient holders;
    private static LockClient waiters;

    private final String name = UUID.randomUUID().toString();
    private final LockRequest request = LockRequest.of(name).renewalInterval(Duration.ofMillis(100));
    private final Set<Class<?>> redirections = ConcurrentHashMap.newKeySet();
    private int to;
    private Disposable watching;

    @BeforeAll
    static void start() {
        cluster = RedisCluster.start();
        client = RedisClusterClient.create(cluster.uri(0));
        connection = client.connect();
        holders = LockClient.create(RedisLockBackend.create(client));
        waiters = LockClient.create(RedisLockBackend.create(client));
    }

    @AfterAll
    static void stop() {
        holders.close().then(waiters.close()).block(PATIENCE);
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        cluster.close();
    }

    @BeforeEach
    void watchRedirections() {
        to = (cluster.nodeOf(slot(name)) + 1) % 3;
        watching = client.getResources()
                .eventBus()
                .get()
                .ofType(RedirectionEventSupport.class)
                .filter(event -> event.getSlot() == slot(name))
                .subscribe(event -> redirections.add(event.getClass()));
    }

    @AfterEach
    void stopWatching() {
        watching.dispose();
    }

    private static int slot(String name) {
        return SlotHash.getSlot("x:{" + name + "}");
    }

    @Test
    @DisplayName("A7, D1: a lease is renewed at each stage of the move, its release follows, and its waiter is next")
    void holding() {
        Lease held = get(holders.acquire(request));
        Mono<Lease> waiting = waiters.acquire(request).cache();
        Disposable running = waiting.subscribe();
        await("it waits", () -> connection.sync().exists("reactive-lock:{" + name + "}:wait") == 1);

        SlotMove move = cluster.beginMove(slot(name), to);
        RenewalProbe.await(held);
        move.moveKeys();
        RenewalProbe.await(held);
        move.finish();
        RenewalProbe.await(held);

        assertThat(redirections).containsExactlyInAnyOrder(AskRedirectionEvent.class, MovedRedirectionEvent.class);
        assertThat(get(held.release())).isTrue();
        Lease next = get(waiting);
        assertThat(next.token().value()).isGreaterThan(held.token().value());
        assertThat(get(next.release())).isTrue();
        running.dispose();
    }

    @Test
    @DisplayName("A7: leases of a slot that is half moved are renewed together, on either side")
    void holdingInADividedSlot() {
        RedisLockBackend backend = RedisLockBackend.create(client);
        List<Renewal> renewals = Stream.iterate(0, i -> i + 1)
                .map(i -> name + i)
                .filter(other -> slot(other) == slot(name))
                .limit(6)
                .map(other -> renewal(other, holder()))
                .toList();
        renewals.forEach(lease -> assertThat(get(backend.tryAcquire(command(lease.name(), lease.holder()))))
                .isInstanceOf(Granted.class));

        SlotMove move = cluster.beginMove(slot(name), to);
        move.moveKeys(renewals.stream()
                .limit(3)
                .map(lease -> "reactive-lock:{" + lease.name() + "}:lock")
                .toList());
        assertThat(get(backend.renew(renewals).collectList()))
                .hasSize(6)
                .allMatch(RenewalResult.Renewed.class::isInstance);

        move.moveKeys();
        move.finish();
        assertThat(get(backend.renew(renewals).collectList()))
                .hasSize(6)
                .allMatch(RenewalResult.Renewed.class::isInstance);
        backend.close().block(PATIENCE);
    }

    @Test
    @DisplayName("A7, D1: an acquire finds a slot that has moved, and takes a higher token")
    void acquiringAfterwards() {
        Lease before = get(holders.acquire(request));
        assertThat(get(before.release())).isTrue();
        cluster.moveSlot(slot(name), to);

        Lease after = get(holders.acquire(request));

        assertThat(after.token().value()).isGreaterThan(before.token().value());
        assertThat(get(after.release())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("A7: an acquire amid the move ends in a grant, at the latest when the move is finished")
    void acquiringAmid(boolean usedBefore) {
        if (usedBefore) {
            get(holders.acquire(request).flatMap(Lease::release));
        }
        SlotMove move = cluster.beginMove(slot(name), to);
        move.moveKeys();
        Mono<Lease> acquiring = holders.acquire(request).cache();
        Disposable running = acquiring.subscribe();
        await("it is redirected", () -> redirections.contains(AskRedirectionEvent.class));

        move.finish();

        Lease lease = get(acquiring);
        RenewalProbe.await(lease);
        assertThat(get(lease.release())).isTrue();
        running.dispose();
    }

    @Test
    @DisplayName("A7, C3: a release amid the move frees the lock, at the latest when the move is finished")
    void releasingAmid() {
        Lease held = get(holders.acquire(request));
        SlotMove move = cluster.beginMove(slot(name), to);
        move.moveKeys();
        Mono<Boolean> releasing = held.release().cache();
        Disposable running = releasing.subscribe();
        await("it is redirected", () -> redirections.contains(AskRedirectionEvent.class));

        move.finish();

        assertThat(get(releasing)).isTrue();
        assertThat(get(waiters.tryAcquire(request)).token().value())
                .isGreaterThan(held.token().value());
        running.dispose();
    }
}
