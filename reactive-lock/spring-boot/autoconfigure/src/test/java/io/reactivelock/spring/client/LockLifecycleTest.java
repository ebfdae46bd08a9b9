package io.reactivelock.spring.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.testservers.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.core.StringRedisTemplate;
import reactor.core.publisher.Mono;

/** Whole applications on a real Redis, from their start to their end. */
@DisplayName("The locks of an application")
@ExtendWith(OutputCaptureExtension.class)
class LockLifecycleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static RedisServer server;
    private static RedisClient admin;

    private final String prefix = "t" + UUID.randomUUID();

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        DataRedisAutoConfiguration.class,
        DataRedisReactiveAutoConfiguration.class,
        RedisLockAutoConfiguration.class,
        ReactiveLockAutoConfiguration.class
    })
    static class LockingApplication {
        final CompletableFuture<String> queued = new CompletableFuture<>();
        final CompletableFuture<Integer> connectionsAtFirstRunner = new CompletableFuture<>();

        @Bean
        LockObserver waiting() {
            return new LockObserver() {
                @Override
                public void acquireQueued(Acquire acquire) {
                    queued.complete(acquire.name());
                }
            };
        }

        @Bean
        ApplicationRunner connectionsSeen(Environment environment) {
            return arguments -> connectionsAtFirstRunner.complete(
                    connections(Objects.requireNonNull(environment.getProperty("spring.data.redis.client-name"))));
        }
    }

    @BeforeAll
    static void connect() {
        server = RedisServer.shared();
        admin = RedisClient.create(server.uri());
    }

    @AfterAll
    static void disconnect() {
        admin.shutdown();
    }

    private ConfigurableApplicationContext start(String... properties) {
        return new SpringApplicationBuilder(LockingApplication.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.data.redis.url=" + server.uri(),
                        "spring.data.redis.client-name=" + prefix,
                        "reactive-lock.key-prefix=" + prefix)
                .run(Stream.of(properties).map(property -> "--" + property).toArray(String[]::new));
    }

    private static int connections(String name) {
        try (var connection = admin.connect()) {
            return (int) connection
                    .sync()
                    .clientList()
                    .lines()
                    .filter(it -> it.contains(" name=" + name + ' '))
                    .count();
        }
    }

    private List<String> locksOnServer() {
        try (var connection = admin.connect()) {
            return connection.sync().keys(prefix + ":*").stream()
                    .filter(key -> !key.endsWith(":token"))
                    .toList();
        }
    }

    @Test
    @DisplayName("are free, and nobody waits for them, when it has closed with work in flight")
    void closesWithWorkInFlight() throws Exception {
        CompletableFuture<Lease> held = new CompletableFuture<>();
        CompletableFuture<Object> work;
        CompletableFuture<Lease> waiter;
        try (ConfigurableApplicationContext application = start()) {
            LockClient locks = application.getBean(LockClient.class);
            work = locks.withLock(
                            LockRequest.of("item:1"), lease -> Mono.never().doOnSubscribe(s -> held.complete(lease)))
                    .toFuture();
            held.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            waiter = locks.acquire(LockRequest.of("item:1").waitTime(PATIENCE)).toFuture();
            application.getBean(LockingApplication.class).queued.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            // who waits here for long takes its place in the server's queue
            Mono.fromCallable(this::locksOnServer)
                    .filter(keys -> keys.size() == 3)
                    .repeatWhenEmpty(looks -> looks.delayElements(Duration.ofMillis(20)))
                    .block(PATIENCE);
        }

        assertThat(locksOnServer()).isEmpty();
        assertThat(connections(prefix)).isZero();
        assertThat(work)
                .failsWithin(PATIENCE)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(LeaseLostException.class)
                .withMessageContaining("DISPOSED");
        assertThat(waiter)
                .failsWithin(PATIENCE)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(LockClientDisposedException.class);
    }

    @Test
    @DisplayName(
            "are held through a pause and a stop of its context, and can be taken after it, as its templates work again")
    void goesOnAfterPauseAndStop() {
        try (ConfigurableApplicationContext application = start()) {
            LockClient locks = application.getBean(LockClient.class);
            Lease before = Objects.requireNonNull(
                    locks.acquire(LockRequest.of("item:1")).block(PATIENCE));

            application.pause();
            application.restart();
            assertTakesLocks(locks, "after the pause");

            application.stop();
            application.start();
            assertTakesLocks(locks, "after the stop");

            assertThat(application.getBean(StringRedisTemplate.class).hasKey(prefix))
                    .isFalse();
            assertThat(before.isValid()).isTrue();
            assertThat(before.release().block(PATIENCE)).isTrue();
        }
    }

    private static void assertTakesLocks(LockClient locks, String when) {
        String done = locks.withLock(LockRequest.of("item:2").waitTime(PATIENCE), lease -> Mono.just(when))
                .block(PATIENCE);
        assertThat(done).isEqualTo(when);
    }

    @Test
    @DisplayName("are connected before its own runners, unless that is switched off")
    void connectsAtStart() throws Exception {
        try (ConfigurableApplicationContext application = start()) {
            assertThat(connectionsAtFirstRunner(application)).isEqualTo(3);
        }
        try (ConfigurableApplicationContext application = start("reactive-lock.warm-up=off")) {
            assertThat(connectionsAtFirstRunner(application)).isZero();
        }
    }

    private static int connectionsAtFirstRunner(ConfigurableApplicationContext application) throws Exception {
        return application
                .getBean(LockingApplication.class)
                .connectionsAtFirstRunner
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("cost a warning where Redis is away at the start")
    void startsWithoutRedis(CapturedOutput output) throws IOException {
        try (ConfigurableApplicationContext application = start("spring.data.redis.url=" + nobody())) {
            assertThat(application.isRunning()).isTrue();
            assertThat(output).contains("the locks cannot be reached: ", "; the first acquire tries again");
        }
    }

    @Test
    @DisplayName("keep it from starting where they are required and Redis is away, and it says what to do")
    void doesNotStartWithoutRedis(CapturedOutput output) throws IOException {
        String url = nobody();

        assertThat(catchThrowableOfStart("spring.data.redis.url=" + url, "reactive-lock.warm-up=required"))
                .isInstanceOf(LocksUnreachableException.class);
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("not to start without its locks (reactive-lock.warm-up=required)")
                .contains("Check that Redis runs");
    }

    @Test
    @DisplayName("keep it from starting on a static set of a master and its replicas, and it says what to do")
    void refusesMasterReplica(CapturedOutput output) {
        assertThat(catchThrowableOfStart("spring.data.redis.masterreplica.nodes=localhost:1,localhost:2"))
                .asInstanceOf(InstanceOfAssertFactories.THROWABLE)
                .hasRootCauseInstanceOf(MasterReplicaException.class);
        assertThat(output)
                .contains("static set of a master and its replicas (spring.data.redis.masterreplica)")
                .contains("Put Sentinel in front of it");
    }

    private Throwable catchThrowableOfStart(String... properties) {
        try (ConfigurableApplicationContext application = start(properties)) {
            throw new AssertionError("started: " + application.isRunning());
        } catch (RuntimeException e) {
            return e;
        }
    }

    /** An address where nobody listens. */
    private static String nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "redis://127.0.0.1:" + socket.getLocalPort();
        }
    }
}
