package io.reactivelock.chaos.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Tag("long")
class TcpKindsTest {
    private static final Longest LONGEST = new Longest(true);

    private static TestServers test;
    private static int port;

    @BeforeAll
    static void start() {
        test = new TestServers(ChaosTopology.STANDALONE);
        port = test.anyServer();
    }

    @AfterAll
    static void close() {
        test.close();
    }

    @AfterEach
    void isHealed() {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            assertThat(connection.sync().ping()).isEqualTo("PONG");
        }
    }

    @Test
    void delays() {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            assertThat(longestPing("delay", connection)).isBetween(Duration.ofMillis(450), Duration.ofMillis(3_000));
        }
    }

    @Test
    @DisplayName("nothing gets through for a while, and then everything")
    void drops() {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            assertThat(longestPing("drop", connection)).isBetween(Duration.ofMillis(700), Duration.ofMillis(5_000));
            assertThat(connection.isOpen()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"FIN", "RST"})
    @DisplayName("cuts at once, in a request and in a reply")
    void cuts(String kind) {
        for (int how = 0; how < 3; how++) {
            int chosen = how;
            RandomGenerator random = new Random(1) {
                @Override
                public int nextInt(int bound) {
                    return bound == 3 ? chosen : 0;
                }
            };
            try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
                test.inject("tcp " + kind + ", redis", random);
                TestServers.await(Mono.fromSupplier(() -> !connection.isOpen()));
            }
        }
    }

    @Test
    @DisplayName("one side is told of the end long before the other")
    void leavesHalfOpen() {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            long id = connection.sync().clientId();
            Mono<Void> injection = test.fault("tcp half-open, redis").inject(new Longest(false));
            Mono<Boolean> onlyTheServerKnows =
                    serverKnows(id).map(known -> !known && connection.isOpen()).filter(half -> half);
            assertThat(Mono.zip(
                                    injection.thenReturn(true),
                                    onlyTheServerKnows.repeatWhenEmpty(polls -> polls.delayElements(TestServers.POLL)))
                            .block(TestServers.PATIENCE))
                    .isNotNull();
            TestServers.await(Mono.fromSupplier(() -> !connection.isOpen()));
        }
    }

    private static Mono<Boolean> serverKnows(long client) {
        return test.servers
                .nodes()
                .control()
                .<String>ask(port, redis -> redis.clientList())
                .map(clients -> clients.contains("id=" + client + " "));
    }

    @Test
    @DisplayName("what was asked is done, nobody hears of it, and the connection ends")
    void swallowsReplies() {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            Mono<Void> injection =
                    test.fault("tcp swallowed reply, redis").inject(LONGEST).cache();
            injection.subscribe();
            assertThat(TestServers.get(connection.reactive().incr("swallowed").materialize())
                            .isOnError())
                    .isTrue();
            injection.block(TestServers.PATIENCE);
            TestServers.await(Mono.fromSupplier(() -> !connection.isOpen()));
        }
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            assertThat(connection.sync().get("swallowed")).isEqualTo("1");
        }
    }

    @Test
    void refusesConnections() {
        Mono<Void> injection = test.fault("tcp refused, redis").inject(LONGEST);
        Mono<Boolean> refused = Mono.fromCallable(() -> {
                    try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
                        return !connection.isOpen();
                    } catch (RedisConnectionException e) {
                        return true;
                    }
                })
                .subscribeOn(Schedulers.boundedElastic())
                .filter(met -> met)
                .repeatWhenEmpty(polls -> polls.delayElements(TestServers.POLL));
        assertThat(Mono.zip(injection.thenReturn(true), refused).block(TestServers.PATIENCE))
                .isNotNull();
    }

    @Test
    @DisplayName("PostgreSQL's connections suffer in the same way")
    void harmsPostgres() {
        for (String kind : List.of("delay", "drop", "FIN", "RST", "half-open", "swallowed reply", "refused")) {
            var connection = test.connectPostgres();
            test.inject("tcp " + kind + ", postgres", new SplittableRandom(1));
            boolean survives = kind.equals("delay") || kind.equals("drop");
            TestServers.await(PostgresControl.query(connection, Integer.class, "SELECT 1")
                    .then(Mono.just(survives))
                    .onErrorReturn(!survives));
            Mono.from(connection.close()).onErrorComplete().block(TestServers.PATIENCE);
        }
        var afterwards = test.connectPostgres();
        assertThat(PostgresControl.query(afterwards, Integer.class, "SELECT 1").blockLast(TestServers.PATIENCE))
                .isEqualTo(1);
        Mono.from(afterwards.close()).block(TestServers.PATIENCE);
    }

    private static Duration longestPing(String kind, StatefulRedisConnection<String, String> connection) {
        Mono<Void> injection = test.fault("tcp " + kind + ", redis").inject(LONGEST);
        return TestServers.longestCallDuring(injection, connection.reactive().ping());
    }
}
