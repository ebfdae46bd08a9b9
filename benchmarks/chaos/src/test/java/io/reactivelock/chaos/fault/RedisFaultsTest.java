package io.reactivelock.chaos.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Tag("long")
class RedisFaultsTest {
    private static final Longest LONGEST = new Longest(true);
    private static final Duration HALF_A_SECOND = Duration.ofMillis(500);

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

    @Test
    void killsAndRestartsWithData() {
        long before = pid();
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            connection.sync().set("killed", "1");
            test.inject("redis kill -9", LONGEST);
            TestServers.await(Mono.fromSupplier(() -> !connection.isOpen()));
        }
        assertThat(pid()).isNotEqualTo(before);
        assertThat(exists("killed")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"redis restart without data", "redis FLUSHALL"})
    void forgetsEverything(String kind) {
        set("forgotten");
        test.inject(kind, LONGEST);
        assertThat(exists("forgotten")).isFalse();
        set("afterwards");
        assertThat(exists("afterwards")).isTrue();
    }

    @Test
    void restartsWithoutDataInAnotherProcess() {
        long before = pid();
        test.inject("redis restart without data", LONGEST);
        assertThat(pid()).isNotEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"redis SIGSTOP", "redis DEBUG SLEEP", "redis CLIENT PAUSE"})
    void stalls(String kind) {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            Mono<String> call = connection.reactive().set("stalled", "1");
            assertThat(TestServers.longestCallDuring(test.fault(kind).inject(LONGEST), call))
                    .isBetween(HALF_A_SECOND, Duration.ofSeconds(5));
        }
    }

    @Test
    void pausesAllClientsOrOnlyWrites() {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            Fault pause = test.fault("redis CLIENT PAUSE");
            Mono<String> read = connection.reactive().ping();
            assertThat(TestServers.longestCallDuring(pause.inject(new Longest(true)), read))
                    .isGreaterThan(HALF_A_SECOND);
            assertThat(TestServers.longestCallDuring(pause.inject(new Longest(false)), read))
                    .isLessThan(HALF_A_SECOND);
        }
    }

    @Test
    void evictsKeysAndThenTakesWritesAgain() {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            List<String> keys =
                    IntStream.range(0, 500).mapToObj(i -> "evicted-" + i).toList();
            Flux.fromIterable(keys)
                    .concatMap(key -> connection.reactive().set(key, "x".repeat(1_000)))
                    .blockLast(TestServers.PATIENCE);

            test.inject("redis eviction", LONGEST);

            assertThat(connection.sync().exists(keys.toArray(String[]::new))).isLessThan(keys.size());
            assertThat(connection.sync().configGet("maxmemory*"))
                    .containsEntry("maxmemory", "0")
                    .containsEntry("maxmemory-policy", "noeviction");
            assertThat(connection.sync().set("afterwards", "1")).isEqualTo("OK");
        }
    }

    @Test
    void forgetsScripts() {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            String script = connection.sync().scriptLoad("return 1");
            test.inject("redis SCRIPT FLUSH", LONGEST);
            assertThat(connection.sync().scriptExists(script)).containsExactly(false);
        }
    }

    @Test
    @DisplayName("CLIENT KILL ends the clients of one type, and others can connect")
    void killsClients() {
        try (StatefulRedisConnection<String, String> normal = test.connect(port);
                StatefulRedisPubSubConnection<String, String> pubSub = test.connectPubSub(port)) {
            pubSub.sync().subscribe("channel");

            test.inject("redis CLIENT KILL normal", LONGEST);
            TestServers.await(Mono.fromSupplier(() -> !normal.isOpen()));
            assertThat(pubSub.isOpen()).isTrue();

            test.inject("redis CLIENT KILL pubsub", LONGEST);
            TestServers.await(Mono.fromSupplier(() -> !pubSub.isOpen()));
        }
        set("afterwards");
    }

    @Test
    void stepsTheClockForward() {
        assertThat(largestStep(ClockFaults.FORWARD)).isBetween(3_000L, 7_000L);
    }

    @Test
    void stepsTheClockBack() {
        assertThat(largestStep(ClockFaults.BACK)).isBetween(-7_000L, -3_000L);
    }

    /** Of the server's clock against the monotonic one, in milliseconds; asserts that it is right in the end. */
    private static long largestStep(String kind) {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            long right = TestServers.get(drift(connection));
            Mono<Void> injection = test.fault(kind).inject(LONGEST).cache();
            long largest = TestServers.get(Flux.merge(
                            injection.then(Mono.<Long>empty()),
                            drift(connection)
                                    .repeatWhen(done -> done.delayElements(TestServers.POLL))
                                    .takeUntilOther(injection))
                    .map(drift -> drift - right)
                    .reduce(0L, (a, b) -> Math.abs(a) > Math.abs(b) ? a : b));
            assertThat(TestServers.get(drift(connection)) - right).isBetween(-500L, 500L);
            return largest;
        }
    }

    private static Mono<Long> drift(StatefulRedisConnection<String, String> connection) {
        return connection
                .reactive()
                .time()
                .collectList()
                .map(time -> Long.parseLong(time.get(0)) * 1_000
                        + Long.parseLong(time.get(1)) / 1_000
                        - System.nanoTime() / 1_000_000);
    }

    private static long pid() {
        return test.servers.nodes().deployment().servers().get(0).pid().orElseThrow();
    }

    private static void set(String key) {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            connection.sync().set(key, "1");
        }
    }

    private static boolean exists(String key) {
        try (StatefulRedisConnection<String, String> connection = test.connect(port)) {
            return connection.sync().exists(key) == 1;
        }
    }
}
