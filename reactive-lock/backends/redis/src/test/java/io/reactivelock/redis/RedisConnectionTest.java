package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.AttemptResult.Busy;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisServer;
import io.reactivelock.testservers.TcpProxy;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Who opens connections, when, and who closes them. */
class RedisConnectionTest {
    private RedisServer server;
    private TcpProxy proxy;
    private RedisClient client;

    @BeforeEach
    void open() {
        server = RedisServer.start();
        proxy = TcpProxy.to(server.host(), server.port());
        client = RedisClient.create(RedisURI.create(proxy.host(), proxy.port()));
    }

    @AfterEach
    void close() {
        RedisFixture.shutdownAfterCuts(client);
        proxy.close();
        server.close();
    }

    static Stream<Function<RedisConnectionTest, RedisLockBackend>> backends() {
        return Stream.of(
                test -> RedisLockBackend.create(test.client),
                test -> RedisLockBackend.create("redis://" + test.proxy.host() + ":" + test.proxy.port()));
    }

    @ParameterizedTest
    @MethodSource("backends")
    @DisplayName(
            "connections are opened when they are first needed, one for calls and one for renewals, and closed with the backend")
    void opensLazily(Function<RedisConnectionTest, RedisLockBackend> factory) {
        RedisLockBackend backend = factory.apply(this);
        assertThat(proxy.accepted()).isZero();

        Flux.range(0, 100)
                .flatMap(i -> backend.tryAcquire(command("n" + i, holder())))
                .blockLast(PATIENCE);
        proxy.whenAccepted(2).block(PATIENCE);

        StepVerifier.create(backend.signals())
                .expectNext(new WaitSignal.Recheck())
                .then(() -> assertThat(proxy.accepted()).isEqualTo(3))
                .thenCancel()
                .verify(PATIENCE);

        backend.close().block(PATIENCE);
        await("no connection is left", () -> proxy.connections().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("backends")
    @DisplayName("all connections can be opened ahead, and are then used")
    void opensAhead(Function<RedisConnectionTest, RedisLockBackend> factory) {
        RedisLockBackend backend = factory.apply(this);

        backend.connect().block(PATIENCE);
        assertThat(proxy.accepted()).isEqualTo(3);

        Holder holder = holder();
        get(backend.tryAcquire(command("a", holder)));
        get(backend.renew(List.of(renewal("a", holder))).collectList());
        StepVerifier.create(backend.signals())
                .expectNext(new WaitSignal.Recheck())
                .thenCancel()
                .verify(PATIENCE);
        assertThat(proxy.accepted()).isEqualTo(3);
        backend.close().block(PATIENCE);
    }

    @ParameterizedTest
    @MethodSource("backends")
    @DisplayName("a connection that could not be opened is tried again at the next call")
    void opensAgain(Function<RedisConnectionTest, RedisLockBackend> factory) {
        RedisLockBackend backend = factory.apply(this);
        proxy.refuse();
        StepVerifier.create(backend.tryAcquire(command("a", holder())))
                .verifyErrorSatisfies(e ->
                        assertThat(((LockBackendException) e).kind()).isEqualTo(LockBackendException.Kind.TRANSIENT));
        StepVerifier.create(backend.signals())
                .verifyErrorSatisfies(e ->
                        assertThat(((LockBackendException) e).kind()).isEqualTo(LockBackendException.Kind.TRANSIENT));

        proxy.heal();

        assertThat(get(backend.tryAcquire(command("a", holder())))).isInstanceOf(Granted.class);
        backend.close().block(PATIENCE);
    }

    @Test
    @DisplayName("a caller that cancels while the connection is opened leaves it to the others")
    void cancelLeavesTheAttempt() {
        RedisLockBackend backend = RedisLockBackend.create(RedisURI.create(proxy.host(), proxy.port()));
        proxy.holdReplies();
        Disposable cancelled =
                backend.tryAcquire(command("cancelled", holder())).subscribe();
        Mono<AttemptResult> kept = backend.tryAcquire(command("kept", holder())).cache();
        Disposable running = kept.subscribe();
        proxy.whenAccepted(1).block(PATIENCE);

        cancelled.dispose();
        proxy.heal();

        assertThat(get(kept)).isInstanceOf(Granted.class);
        proxy.whenAccepted(2).block(PATIENCE);
        assertThat(get(backend.tryAcquire(command("again", holder())))).isInstanceOf(Granted.class);
        assertThat(proxy.accepted()).isEqualTo(2);
        running.dispose();
        backend.close().block(PATIENCE);
    }

    @Test
    @DisplayName("a connection that is still being opened is closed with the backend")
    void closesWhatIsBeingOpened() {
        RedisLockBackend backend = RedisLockBackend.create(client);
        proxy.holdReplies();
        Disposable attempt =
                backend.tryAcquire(command("a", holder())).onErrorComplete().subscribe();
        proxy.whenAccepted(1).block(PATIENCE);

        Mono<Void> closing = backend.close().cache();
        Disposable running = closing.subscribe();
        proxy.heal();

        closing.block(PATIENCE);
        await("no connection is left", () -> proxy.connections().isEmpty());
        attempt.dispose();
        running.dispose();
    }

    @Test
    @DisplayName("C7: a client that was created for a URI ends with the backend, and its threads with it")
    void endsItsOwnClient() {
        Set<Thread> others = lettuceThreads();
        RedisLockBackend backend = RedisLockBackend.create(server.uri());
        get(backend.tryAcquire(command("a", holder())));
        Set<Thread> own = lettuceThreads();
        own.removeAll(others);
        assertThat(own).isNotEmpty();

        backend.close().block(PATIENCE);

        await("no thread is left", () -> own.stream().noneMatch(Thread::isAlive));
    }

    private static Set<Thread> lettuceThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("lettuce-"))
                .collect(Collectors.toSet());
    }

    @Test
    @DisplayName("the user's client is not shut down")
    void leavesTheClient() {
        RedisLockBackend backend = RedisLockBackend.create(client);
        get(backend.tryAcquire(command("a", holder())));
        backend.close().block(PATIENCE);

        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            assertThat(connection.sync().ping()).isEqualTo("PONG");
        }
    }

    @Test
    @DisplayName("the user's connections are used, and not closed")
    void leavesTheConnections() {
        try (StatefulRedisConnection<String, String> connection = client.connect();
                StatefulRedisPubSubConnection<String, String> pubSub = client.connectPubSub()) {
            RedisLockBackend backend = RedisLockBackend.create(connection, pubSub);
            StepVerifier.create(backend.signals())
                    .expectNext(new WaitSignal.Recheck())
                    .thenCancel()
                    .verify(PATIENCE);
            assertThat(get(backend.tryAcquire(command("a", holder())))).isInstanceOf(Granted.class);

            backend.close().block(PATIENCE);

            assertThat(proxy.accepted()).isEqualTo(2);
            assertThat(connection.sync().ping()).isEqualTo("PONG");
            assertThat(pubSub.isOpen()).isTrue();
        }
    }

    @Test
    @DisplayName("without a connection for pub/sub, the backend is no wait queue")
    void polling() {
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            LockBackend backend = RedisLockBackend.polling(connection, "polled");

            assertThat(backend).isNotInstanceOf(WaitQueue.class);
            assertThat(get(backend.tryAcquire(command("a", holder())))).isInstanceOf(Granted.class);
            assertThat(get(backend.tryAcquire(command("a", holder())))).isInstanceOf(Busy.class);
            assertThat(connection.sync().exists("polled:{a}:lock")).isEqualTo(1);
            backend.close().block(PATIENCE);
            assertThat(connection.sync().ping()).isEqualTo("PONG");
        }
    }

    @Test
    @DisplayName("D5: the server is asked once whether it evicts keys")
    void asksForTheEvictionPolicy() {
        RedisLockBackend backend = RedisLockBackend.create(client);
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            assertThat(EvictionWarning.policy(connection.sync().info("memory"))).isNull();
            connection.sync().configSet("maxmemory-policy", "volatile-ttl");
            assertThat(EvictionWarning.policy(connection.sync().info("memory"))).isNull();
            connection.sync().configSet("maxmemory", "1000000000");
            assertThat(EvictionWarning.policy(connection.sync().info("memory"))).isEqualTo("volatile-ttl");
            connection.sync().configSet("maxmemory-policy", "noeviction");
            assertThat(EvictionWarning.policy(connection.sync().info("memory"))).isNull();

            connection.sync().configResetstat();
            for (int i = 0; i < 3; i++) {
                Holder holder = holder();
                get(backend.tryAcquire(command("n" + i, holder)));
                get(backend.renew(List.of(renewal("n" + i, holder))).collectList());
            }
            // A8: beside that, the connections for commands and for renewals are asked whether they reach a master
            assertThat(connection.sync().info("commandstats")).contains("cmdstat_info:calls=3,");
        }
        backend.close().block(PATIENCE);
    }
}
