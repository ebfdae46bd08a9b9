package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.LEASE;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static io.reactivelock.redis.RedisFixture.untilAnswered;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.internal.HostAndPort;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DnsResolver;
import io.lettuce.core.resource.MappingSocketAddressResolver;
import io.reactivelock.Holder;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.AttemptResult.Busy;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.AttemptResult.Queued;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisCluster;
import io.reactivelock.testservers.RedisServer;
import io.reactivelock.testservers.TcpFaults.Cut;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The same scripts on a Cluster of three masters. */
class RedisClusterLocksTest {
    private static RedisCluster cluster;
    private static RedisClusterClient client;
    private static StatefulRedisClusterConnection<String, String> connection;
    private static RedisLockBackend backend;

    @BeforeAll
    static void start() {
        cluster = RedisCluster.start();
        client = RedisClusterClient.create(cluster.uri(0));
        backend = RedisLockBackend.create(client);
        connection = client.connect();
    }

    @AfterAll
    static void stop() {
        backend.close().block(PATIENCE);
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "}",
                "{",
                "{}",
                "}{",
                "a}b",
                "}}a",
                "{a}b",
                "%7D",
                "%",
                "a%}",
                "order:42",
                "ä€😀",
                " ",
                "{}{}",
                "}:lock"
            })
    @DisplayName("A8: the keys of one lock share a slot, whatever its name")
    void keysShareASlot(String name) {
        Holder owner = holder();
        Holder waiter = holder();

        assertThat(get(backend.enqueue(command(name, owner), CHECK))).isInstanceOf(Granted.class);
        assertThat(get(backend.enqueue(command(name, waiter), CHECK))).isInstanceOf(Queued.class);
        assertThat(get(backend.renew(List.of(renewal(name, owner))).collectList()))
                .containsExactly(new RenewalResult.Renewed(owner, LEASE));
        assertThat(get(backend.release(name, owner))).isTrue();
        assertThat(get(backend.release(name, owner))).isTrue();
    }

    @Test
    @DisplayName("A8: no two names share a lock")
    void namesAreKeptApart() {
        List<String> names = List.of("}", "%7D", "%257D", "%", "%25", "a}", "a%7D", "a", "a:", "a}:lock", "{a", "{a}");
        for (String name : names) {
            assertThat(get(backend.tryAcquire(command("apart-" + name, holder()))))
                    .as(name)
                    .isInstanceOf(Granted.class);
        }
    }

    @Test
    @DisplayName("renews leases of many slots, one call for each slot")
    void renewsAcrossSlots() {
        List<Renewal> renewals = get(Flux.range(0, 300)
                .map(i -> renewal("many-" + i, holder()))
                .flatMap(renewal -> backend.tryAcquire(command(renewal.name(), renewal.holder()))
                        .thenReturn(renewal))
                .collectList());
        Holder stranger = holder();

        List<RenewalResult> results =
                get(backend.renew(Stream.concat(renewals.stream(), Stream.of(renewal("many-7", stranger)))
                                .toList())
                        .collectList());

        assertThat(results).hasSize(301);
        assertThat(results.stream().filter(RenewalResult.Lost.class::isInstance))
                .containsExactly(new RenewalResult.Lost(stranger));
    }

    @Test
    @DisplayName(
            "a release hands the lock to one waiter, on whatever node its client listens, and takes it to have heard")
    void callsOverTheBus() {
        for (int i = 0; i < 6; i++) {
            String name = "called-" + i;
            Holder owner = holder();
            Holder waiter = holder();
            get(backend.enqueue(command(name, owner), CHECK));
            // the end of the subscription before may come only now, and begins this one anew
            StepVerifier.create(backend.signals().distinctUntilChanged())
                    .expectNext(new WaitSignal.Recheck())
                    .then(() -> {
                        get(backend.enqueue(command(name, waiter), CHECK));
                        get(backend.enqueue(command(name, holder()), CHECK));
                        get(backend.release(name, owner));
                        assertThat(connection.sync().zcard("reactive-lock:{" + name + "}:wait"))
                                .isEqualTo(1);
                        assertThat(connection.sync().get("reactive-lock:{" + name + "}:lock"))
                                .startsWith(waiter + ":");
                    })
                    .expectNextMatches(signal -> signal instanceof WaitSignal.HandOff handOff
                            && handOff.holder().equals(waiter))
                    .thenCancel()
                    .verify(PATIENCE);
        }
    }

    @Test
    @DisplayName("F9: a hand-off by a node that the waiter has not asked carries no time, as their clocks differ")
    void handOffAfterAMove() {
        String name = "moved";
        Holder owner = holder();
        Holder silent = holder();
        Holder asking = holder();
        StepVerifier.create(backend.signals().distinctUntilChanged())
                .expectNext(new WaitSignal.Recheck())
                .then(() -> {
                    get(backend.enqueue(command(name, owner), CHECK));
                    get(backend.enqueue(command(name, silent), CHECK));
                    get(backend.enqueue(command(name, asking), CHECK));
                    int slot = SlotHash.getSlot("x:{" + name + "}");
                    cluster.moveSlot(slot, (cluster.nodeOf(slot) + 1) % 3);
                    assertThat(get(backend.enqueue(command(name, asking), CHECK)))
                            .isInstanceOf(Queued.class);
                    get(backend.release(name, owner));
                })
                .expectNext(new WaitSignal.Turn(silent))
                .then(() -> {
                    assertThat(get(backend.enqueue(command(name, silent), CHECK)))
                            .isInstanceOf(Granted.class);
                    get(backend.release(name, silent));
                })
                .expectNextMatches(signal -> signal instanceof WaitSignal.HandOff handOff
                        && handOff.holder().equals(asking))
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    @DisplayName("A7: an emptied script cache on one node repeats no effect")
    void survivesScriptFlush() {
        Holder holder = holder();
        Granted first = (Granted) get(backend.tryAcquire(command("flushed", holder)));
        connection.sync().scriptFlush();

        assertThat(get(backend.tryAcquire(command("flushed", holder)))).isEqualTo(first);
    }

    @Test
    @DisplayName("runs on the user's connections, and leaves them open")
    void borrowsConnections() {
        StatefulRedisClusterPubSubConnection<String, String> pubSub = client.connectPubSub();
        RedisLockBackend borrowing = RedisLockBackend.create(connection, pubSub).keyPrefix("borrowed");
        StepVerifier.create(borrowing.signals())
                .expectNext(new WaitSignal.Recheck())
                .thenCancel()
                .verify(PATIENCE);
        assertThat(get(borrowing.tryAcquire(command("a", holder())))).isInstanceOf(Granted.class);
        LockBackend polling = RedisLockBackend.polling(connection, "borrowed");
        assertThat(polling).isNotInstanceOf(WaitQueue.class);
        assertThat(get(polling.tryAcquire(command("a", holder())))).isInstanceOf(Busy.class);

        borrowing.close().block(PATIENCE);
        polling.close().block(PATIENCE);

        assertThat(connection.sync().pttl("borrowed:{a}:lock")).isBetween(1L, LEASE.toMillis());
        pubSub.close();
    }

    @Test
    @DisplayName("A3: a cancelled attempt that was not written is never written")
    void cancelledBeforeWritten() {
        try (RedisServer node = RedisServer.start("cluster-enabled yes");
                TcpProxy proxy = TcpProxy.to(node.host(), node.port())) {
            RedisClient plain = RedisClient.create(node.uri());
            RedisCommands<String, String> direct = plain.connect().sync();
            direct.clusterAddSlots(IntStream.range(0, SlotHash.SLOT_COUNT).toArray());
            await("the Cluster is up", () -> direct.clusterInfo().contains("cluster_state:ok"));
            ClientResources throughProxy = ClientResources.builder()
                    .socketAddressResolver(MappingSocketAddressResolver.create(
                            DnsResolver.unresolved(), address -> HostAndPort.of(proxy.host(), proxy.port())))
                    .build();
            RedisClusterClient proxied = RedisClusterClient.create(throughProxy, node.uri());
            RedisLockBackend cut = RedisLockBackend.create(proxied);
            get(cut.tryAcquire(command("warm", holder())));

            proxy.refuse();
            long refused = proxy.accepted();
            proxy.cut(Cut.FIN);
            proxy.whenAccepted(refused + 1).block(PATIENCE);
            Disposable cancelled =
                    cut.tryAcquire(command("cancelled", holder())).subscribe();
            Mono<AttemptResult> kept =
                    untilAnswered(cut.tryAcquire(command("kept", holder()))).cache();
            Disposable running = kept.subscribe();
            cancelled.dispose();
            proxy.heal();

            assertThat(get(kept)).isInstanceOf(Granted.class);
            assertThat(direct.exists("reactive-lock:{cancelled}:token")).isZero();
            running.dispose();
            cut.close().block(PATIENCE);
            RedisFixture.shutdownAfterCuts(proxied);
            throughProxy.shutdown(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
            plain.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }
}
