package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.test.StepVerifier;

/** What the user says in a {@code RedisURI} holds for all connections, with a client of the backend's own and with the user's. */
class RedisOptionsTest {
    private final List<RedisClient> clients = new ArrayList<>();
    private RedisServer server;
    private RedisCommands<String, String> redis;

    @BeforeEach
    void start() {
        server = RedisServer.start("user locks on >se%cret allkeys allchannels +@all");
        redis = client(RedisURI.create(server.uri())).connect().sync();
    }

    @AfterEach
    void stop() {
        clients.forEach(client -> client.shutdown(Duration.ZERO, Duration.ofSeconds(2)));
        server.close();
    }

    private RedisClient client(RedisURI uri) {
        RedisClient client = RedisClient.create(uri);
        clients.add(client);
        return client;
    }

    static Stream<Function<RedisOptionsTest, Function<String, RedisLockBackend>>> backends() {
        return Stream.of(
                test -> RedisLockBackend::create,
                test -> uri -> RedisLockBackend.create(test.client(RedisURI.create(uri))));
    }

    @ParameterizedTest
    @MethodSource("backends")
    @DisplayName("user, password, client name and database")
    void identity(Function<RedisOptionsTest, Function<String, RedisLockBackend>> factory) {
        RedisLockBackend backend = factory.apply(this)
                .apply("redis://locks:se%25cret@" + server.host() + ":" + server.port() + "/3?clientName=orders");

        StepVerifier.create(backend.signals())
                .expectNext(new WaitSignal.Recheck())
                .then(() -> assertThat(get(backend.tryAcquire(command("a", holder()))))
                        .isInstanceOf(Granted.class))
                .then(() -> assertThat(redis.clientList()
                                .lines()
                                .filter(line -> line.contains("name=orders") && line.contains("user=locks")))
                        .hasSize(3))
                .thenCancel()
                .verify(PATIENCE);

        assertThat(redis.dbsize()).isZero();
        redis.select(3);
        assertThat(redis.exists("reactive-lock:{a}:lock")).isEqualTo(1);
        backend.close().block(PATIENCE);
    }

    @ParameterizedTest
    @MethodSource("backends")
    @DisplayName("A4: the command timeout ends a call with an unknown outcome")
    void timeout(Function<RedisOptionsTest, Function<String, RedisLockBackend>> factory) {
        RedisLockBackend backend = factory.apply(this).apply(server.uri() + "?timeout=200ms");
        get(backend.tryAcquire(command("warm", holder())));
        redis.clientPause(PATIENCE.toMillis());

        StepVerifier.create(backend.tryAcquire(command("a", holder())))
                .expectErrorSatisfies(e -> {
                    assertThat(((LockBackendException) e).isOutcomeUnknown()).isTrue();
                    assertThat(e).hasMessageContaining("200 millisecond");
                })
                .verify(Duration.ofSeconds(5));

        backend.close().block(PATIENCE);
    }
}
