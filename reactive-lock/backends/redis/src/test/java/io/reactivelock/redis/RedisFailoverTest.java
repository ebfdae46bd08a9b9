package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RenewalProbe.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss.Reason;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.testservers.RedisSentinel;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Behind Sentinel: the master changes while locks are held and waited for. */
@Tag("long")
class RedisFailoverTest {
    private static final LockRequest REQUEST = LockRequest.of("a")
            .leaseTime(Duration.ofSeconds(20))
            .renewalInterval(Duration.ofMillis(300))
            .waitTime(PATIENCE);

    private final RedisClient admin = RedisClient.create();
    private RedisSentinel redis;
    private LockClient holders;
    private LockClient waiters;

    @BeforeEach
    void start() {
        redis = RedisSentinel.start();
        holders = LockClient.create(RedisLockBackend.create(redis.uri()));
        waiters = LockClient.create(RedisLockBackend.create(redis.uri()));
    }

    @AfterEach
    void stop() {
        holders.close().then(waiters.close()).block(PATIENCE);
        admin.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        redis.close();
    }

    @Test
    @DisplayName("A7, D1: a lease and a waiter outlast a failover that lost nothing")
    void failover() {
        outlasts(() -> {
            int former = redis.masterPort();
            redis.failOver();
            redis.demote(former);
        });
    }

    @Test
    @DisplayName("A7, B6, D1: a lease and a waiter outlast a master that is killed after it replicated them")
    void killedMaster() {
        outlasts(() -> {
            int killed = redis.masterPort();
            redis.killMaster();
            redis.awaitMasterOtherThan(killed);
        });
    }

    private void outlasts(Runnable failover) {
        Lease held = get(holders.acquire(REQUEST));
        Mono<Lease> waiting = waiters.acquire(REQUEST).cache();
        Disposable running = waiting.subscribe();
        await("it waits", () -> master(m -> m.exists("reactive-lock:{a}:wait")) == 1);
        replicated();

        failover.run();

        RenewalProbe.await(held);
        assertThat(held.isValid()).isTrue();
        await("the new master was told", () -> master(m -> m.pttl("reactive-lock:{a}:lock")) > 19_000);
        assertThat(get(held.release())).isTrue();
        Lease next = get(waiting);
        assertThat(next.token().value()).isGreaterThan(held.token().value());
        RenewalProbe.await(next);
        assertThat(get(next.release())).isTrue();
        running.dispose();
    }

    @Test
    @DisplayName(
            "B7, D3: a lock that a failover lost is granted twice, with a higher token, until the first holder hears of it")
    void lostWrite() {
        get(holders.acquire(REQUEST).flatMap(Lease::release));
        replicated();
        redis.stopReplication();
        Lease held = get(holders.acquire(REQUEST));
        int former = redis.masterPort();

        redis.failOver();
        Lease next = get(waiters.acquire(REQUEST));
        assertThat(next.token().value()).isGreaterThan(held.token().value());
        assertThat(held.isValid()).isTrue();
        redis.demote(former);

        assertThat(get(held.lost()).reason()).isEqualTo(Reason.TAKEN);
        assertThat(get(held.release())).isFalse();
        assertThat(next.isValid()).isTrue();
        assertThat(get(next.release())).isTrue();
    }

    /** Replicas get all writes in one order: when they have this one, they have those before it. */
    private void replicated() {
        assertThat(this.<Long>master(m -> {
                    m.set("last", "1");
                    return m.waitForReplication(2, PATIENCE.toMillis());
                }))
                .isEqualTo(2);
    }

    private <T> T master(Function<RedisCommands<String, String>, T> question) {
        try (StatefulRedisConnection<String, String> connection =
                admin.connect(RedisURI.create("127.0.0.1", redis.masterPort()))) {
            return question.apply(connection.sync());
        }
    }
}
