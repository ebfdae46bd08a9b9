package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** What the operations cost, counted by a server that nobody else uses. */
class RedisCostTest {
    private RedisServer server;
    private RedisFixture fixture;

    @BeforeEach
    void open() {
        server = RedisServer.start();
        fixture = new RedisFixture(server);
        Holder holder = holder();
        fixture.enqueue("warm", holder);
        get(fixture.backend.renew(List.of(renewal("warm", holder))).collectList());
        fixture.release("warm", holder);
    }

    @AfterEach
    void close() {
        fixture.close();
        server.close();
    }

    @Test
    @DisplayName("a free cycle is two script calls with seven commands inside, and publishes nothing")
    void freeCycle() {
        Holder holder = holder();

        Map<String, Long> cost = fixture.cost(() -> {
            fixture.enqueue("a", holder);
            fixture.release("a", holder);
        });

        assertThat(cost).isEqualTo(Map.of("evalsha", 2L, "mget", 2L, "time", 1L, "set", 3L, "del", 1L));
    }

    @Test
    @DisplayName("F3: a release wakes one of many waiters, at a cost that does not depend on their number")
    void release() {
        Holder owner = holder();
        fixture.enqueue("a", owner);
        Map<String, Long> cost = new HashMap<>();
        StepVerifier.create(fixture.backend.signals())
                .expectNext(new WaitSignal.Recheck())
                .then(() -> {
                    Flux.range(0, 1_000)
                            .flatMap(i -> fixture.backend.enqueue(command("a", holder()), CHECK))
                            .blockLast(PATIENCE);
                    cost.putAll(fixture.cost(() -> fixture.release("a", owner)));
                })
                .expectNextMatches(WaitSignal.HandOff.class::isInstance)
                .then(() -> assertThat(cost)
                        .isEqualTo(Map.of(
                                "evalsha", 1L, "mget", 1L, "time", 1L, "zpopmin", 1L, "hget", 1L, "hdel", 1L, "zcard",
                                1L, "set", 2L, "publish", 1L)))
                .thenCancel()
                .verify(PATIENCE);
        assertThat(fixture.redis().zcard(fixture.waitKey("a"))).isEqualTo(999);
    }

    @Test
    @DisplayName("600 leases are renewed by three script calls")
    void renewal600() {
        List<Renewal> renewals = get(Flux.range(0, 600)
                .map(i -> renewal("n" + i, holder()))
                .flatMap(renewal -> fixture.backend
                        .tryAcquire(command(renewal.name(), renewal.holder()))
                        .thenReturn(renewal))
                .collectList());
        List<RenewalResult> results = new ArrayList<>();

        Map<String, Long> cost = fixture.cost(
                () -> results.addAll(get(fixture.backend.renew(renewals).collectList())));

        assertThat(cost).isEqualTo(Map.of("evalsha", 3L, "mget", 3L, "pexpire", 600L));
        assertThat(results).hasSize(600).allMatch(RenewalResult.Renewed.class::isInstance);
    }
}
