package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.KillArgs;
import io.lettuce.core.cluster.RedisClusterClient;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** D10: grants that count only when replicas have them. */
class RedisReplicasTest {
    private RedisServer master;
    private RedisServer replica;
    private RedisFixture fixture;

    @BeforeEach
    void open() {
        master = RedisServer.start();
        replica = RedisServer.start("replicaof " + master.host() + " " + master.port());
        fixture = new RedisFixture(master);
        await("the replica follows", () -> fixture.redis().info("replication").contains("state=online"));
    }

    @AfterEach
    void close() {
        fixture.close();
        replica.close();
        master.close();
    }

    private RedisLockBackend backend(Duration timeout) {
        return fixture.backend.replicas(1, timeout);
    }

    @Test
    @DisplayName("D10: a grant that the replica has is one")
    void granted() {
        assertThat(get(backend(PATIENCE).tryAcquire(command("a", holder())))).isInstanceOf(Granted.class);
        assertThat(get(backend(PATIENCE).enqueue(command("b", holder()), CHECK)))
                .isInstanceOf(Granted.class);
    }

    @Test
    @DisplayName("D10: with fewer replicas nothing is granted, and nothing stays")
    void tooFew() {
        replica.close();
        LockClient locks = LockClient.create(backend(Duration.ofMillis(50)));

        StepVerifier.create(locks.acquire(LockRequest.of("a").waitTime(Duration.ofSeconds(2))))
                .expectErrorSatisfies(e -> {
                    assertThat(e).isInstanceOf(LockBackendException.class).hasMessageContaining("replicas");
                    assertThat(((LockBackendException) e).isTransient()).isTrue();
                    assertThat(((LockBackendException) e).isOutcomeUnknown()).isFalse();
                })
                .verify(PATIENCE);

        await("it was given back", () -> fixture.redis().exists(fixture.lockKey("a")) == 0);
        locks.close().block(PATIENCE);
    }

    @Test
    @DisplayName("D10: a connection that broke while it waited for the replica confirms nothing")
    void brokenWhileWaiting() {
        RedisFixture.pause(replica);
        try {
            Holder holder = holder();
            Mono<?> attempt = backend(Duration.ofSeconds(5))
                    .tryAcquire(command("a", holder))
                    .cache();
            attempt.subscribe(granted -> {}, e -> {});
            awaitWait();
            fixture.redis().clientKill(KillArgs.Builder.typeNormal().skipme());
            // sent again, WAIT is answered well, but for all that is known by another master
            RedisFixture.resume(replica);

            assertThatThrownBy(() -> attempt.block(PATIENCE)).isInstanceOf(LockBackendException.class);
            await("it was given back", () -> fixture.redis().exists(fixture.lockKey("a")) == 0);
        } finally {
            RedisFixture.resume(replica);
        }
    }

    @Test
    @DisplayName("B8: leases of other names are renewed while acquires wait for a replica that is silent")
    void renewsWhileWaiting() {
        LockClient locks = LockClient.create(backend(Duration.ofMinutes(2)));
        LockRequest request =
                LockRequest.of("held").leaseTime(Duration.ofSeconds(20)).renewalInterval(Duration.ofMillis(100));
        List<Lease> leases = get(Flux.range(0, 50)
                .flatMap(i -> locks.acquire(request.name("held" + i)))
                .collectList());
        RedisFixture.pause(replica);
        try {
            Disposable acquires = Flux.range(0, 20)
                    .flatMap(i -> locks.acquire(request.name("a" + i).waitTime(Duration.ofMinutes(2))))
                    .subscribe(granted -> {}, e -> {});
            awaitWait();

            leases.forEach(RenewalProbe::await);

            assertThat(fixture.redis().clientList()).contains("cmd=wait");
            acquires.dispose();
        } finally {
            RedisFixture.resume(replica);
        }
        locks.close().block(PATIENCE);
    }

    @Test
    @DisplayName("D10: one WAIT at a time, and its count is that of all grants before it")
    void oneWaitForMany() {
        RedisLockBackend backend = backend(Duration.ofMinutes(2));
        Mono<AttemptResult> first =
                backend.tryAcquire(command("first", holder())).cache();
        Map<String, Long> cost;
        RedisFixture.pause(replica);
        try {
            cost = fixture.cost(() -> {
                first.subscribe();
                awaitWait();
                Mono<List<AttemptResult>> others = Flux.range(0, 100)
                        .flatMap(i -> backend.tryAcquire(command("n" + i, holder())))
                        .collectList()
                        .cache();
                others.subscribe();
                RedisFixture.resume(replica);

                assertThat(get(others)).hasSize(100).allMatch(Granted.class::isInstance);
                assertThat(get(first)).isInstanceOf(Granted.class);
            });
        } finally {
            RedisFixture.resume(replica);
        }
        // the others leave in three calls: the first two alone, and the rest together
        assertThat(cost.get("wait")).isBetween(2L, 4L);
    }

    private void awaitWait() {
        await(
                "the server waits for the replica",
                () -> fixture.redis().clientList().contains("cmd=wait"));
    }

    @Test
    @DisplayName("D10: a hand-off is confirmed by an attempt")
    void handOff() {
        RedisLockBackend backend = backend(PATIENCE);
        LockClient locks = LockClient.create(backend);
        Lease held = get(locks.acquire(LockRequest.of("a")));
        Holder waiter = holder();
        StepVerifier.create(backend.signals())
                .expectNext(new WaitSignal.Recheck())
                .then(() -> {
                    get(backend.enqueue(command("a", waiter), CHECK));
                    held.release().block(PATIENCE);
                })
                .expectNext(new WaitSignal.Turn(waiter))
                .thenCancel()
                .verify(PATIENCE);
        assertThat(get(backend.enqueue(command("a", waiter), CHECK))).isInstanceOf(Granted.class);
        locks.close().block(PATIENCE);
    }

    @Test
    @DisplayName("what cannot be is refused at call time")
    void refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fixture.backend.replicas(0, PATIENCE))
                .withMessageContaining("1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fixture.backend.replicas(1, Duration.ZERO))
                .withMessageContaining("at least");
        RedisClusterClient cluster = RedisClusterClient.create(master.uri());
        assertThatThrownBy(() -> RedisLockBackend.create(cluster).replicas(1, PATIENCE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Cluster");
        cluster.shutdown();
    }
}
