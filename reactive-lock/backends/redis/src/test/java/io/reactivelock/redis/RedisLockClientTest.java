package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.testservers.RedisServer;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** The whole client on Redis, where the server or the network does not play along. */
class RedisLockClientTest {
    private static final LockRequest REQUEST = LockRequest.of("a");

    private RedisServer server;
    private RedisFixture fixture;
    private LockClient locks;

    @BeforeEach
    void open() {
        server = RedisServer.start();
        fixture = new RedisFixture(server);
        locks = LockClient.create(fixture.backend);
    }

    @AfterEach
    void close() {
        locks.close().block(PATIENCE);
        fixture.close();
        server.close();
    }

    @Test
    @DisplayName("D1: clients in turn see every increment of a counter that nothing else protects, with rising tokens")
    void excludes() {
        List<LockClient> clients = Stream.generate(() -> LockClient.create(fixture.otherBackend()))
                .limit(3)
                .toList();
        int[] counter = new int[1];
        List<Long> tokens = new ArrayList<>();

        Flux.range(0, 600)
                .flatMap(
                        i -> clients.get(i % 3).withLock(REQUEST.waitTime(Duration.ofMinutes(1)), lease -> {
                            int read = counter[0];
                            return Mono.delay(Duration.ofNanos(1), Schedulers.parallel())
                                    .map(tick -> {
                                        tokens.add(lease.token().value());
                                        counter[0] = read + 1;
                                        return i;
                                    });
                        }),
                        60)
                .blockLast(Duration.ofMinutes(1));

        assertThat(counter[0]).isEqualTo(600);
        assertThat(tokens).hasSize(600).isSorted().doesNotHaveDuplicates();
        Flux.fromIterable(clients).flatMap(LockClient::close).blockLast(PATIENCE);
    }

    @Test
    @DisplayName("F1: where no signal arrives, a waiter finds the free lock by itself")
    void signalsLost() {
        try (TcpProxy proxy = TcpProxy.to(server.host(), server.port());
                StatefulRedisConnection<String, String> connection = fixture.client.connect();
                StatefulRedisPubSubConnection<String, String> pubSub =
                        fixture.client.connectPubSub(RedisURI.create(proxy.host(), proxy.port()))) {
            proxy.swallowReplies();
            LockClient deaf = LockClient.create(
                    RedisLockBackend.create(connection, pubSub).keyPrefix(fixture.prefix));
            Lease held = get(locks.acquire(REQUEST));
            Mono<Lease> waiting = deaf.acquire(REQUEST).cache();
            Disposable running = waiting.subscribe();
            RedisFixture.await("it waits", () -> fixture.redis().exists(fixture.waitKey("a")) == 1);

            held.release().block(PATIENCE);

            Lease next = get(waiting);
            assertThat(next.token().value()).isGreaterThan(held.token().value());
            running.dispose();
            proxy.heal();
            deaf.close().block(PATIENCE);
        }
    }

    @Test
    @DisplayName("F2: the lock of a holder that died goes to a waiter when the lease time is over")
    void holderDied() {
        get(fixture.backend.tryAcquire(new AcquireCommand("a", holder(), Duration.ofMillis(300), 0, 1)));

        Lease lease = get(locks.acquire(REQUEST));

        assertThat(lease.isValid()).isTrue();
        lease.release().block(PATIENCE);
    }

    @Test
    @DisplayName("a server that is too slow is a documented error within the deadline, and leaves no lock")
    void tooSlow() {
        get(fixture.backend.tryAcquire(command("warm", holder())));
        fixture.redis().clientPause(2_000);

        StepVerifier.create(locks.acquire(REQUEST.waitTime(Duration.ofMillis(200))))
                .verifyErrorSatisfies(e -> {
                    assertThat(e).isInstanceOf(LockBackendException.class);
                    assertThat(((LockBackendException) e).isOutcomeUnknown()).isTrue();
                });

        RedisFixture.await("the lock was given back", () -> fixture.redis().exists(fixture.lockKey("a")) == 0);
    }

    @Test
    @DisplayName("a server that is down is a documented error within the deadline")
    void down() {
        RedisServer stopped = RedisServer.start();
        LockClient client = LockClient.create(
                RedisLockBackend.create(stopped.uri()),
                LockClientOptions.defaults().disposeTimeout(Duration.ofMillis(100)));
        stopped.close();

        StepVerifier.create(client.acquire(REQUEST.waitTime(Duration.ofMillis(300))))
                .expectErrorSatisfies(e -> {
                    assertThat(e).isInstanceOf(LockBackendException.class);
                    assertThat(((LockBackendException) e).isTransient()).isTrue();
                })
                .verify(Duration.ofSeconds(5));
        client.close().block(PATIENCE);
    }

    @Test
    @DisplayName("G2: leases that nobody takes are given back, whenever their acquire is cancelled")
    void cancelledAcquires() {
        // connects: else all are cancelled before the server has heard of one
        get(locks.acquire(REQUEST).flatMap(Lease::release));
        Long taken = Flux.range(0, 3_000)
                .flatMap(
                        i -> locks.acquire(LockRequest.of("n" + i % 200))
                                .takeUntilOther(Mono.delay(Duration.ofNanos(10_000L * (i * 37 % 2_000))))
                                .flatMap(Lease::release),
                        100)
                .count()
                .block(Duration.ofMinutes(1));

        assertThat(taken).isLessThan(3_000);
        // each stands behind those that were cancelled
        Flux.range(0, 200)
                .flatMap(i -> locks.acquire(LockRequest.of("n" + i)).flatMap(Lease::release), 200)
                .blockLast(PATIENCE);
        RedisFixture.await(
                "no lock and no queue is left",
                () -> fixture.keys(fixture.prefix + ":*:lock").isEmpty()
                        && fixture.keys(fixture.prefix + ":*:wait").isEmpty());
    }
}
