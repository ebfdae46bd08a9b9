package io.reactivelock.redis;

import static io.reactivelock.LockBackendException.Kind.PERMANENT;
import static io.reactivelock.LockBackendException.Kind.TRANSIENT;
import static io.reactivelock.LockBackendException.Kind.UNKNOWN;
import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.LEASE;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static io.reactivelock.redis.RedisFixture.untilAnswered;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.internal.ExceptionFactory;
import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisServer;
import io.reactivelock.testservers.TcpFaults.Cut;
import io.reactivelock.testservers.TcpProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** A4, A7: what a failure leaves open. */
class RedisErrorsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TRANSIENT | LOADING Redis is loading the dataset in memory",
                "TRANSIENT | READONLY You can't write against a read only replica.",
                "TRANSIENT | ERR Error running script (call to f_72bf): @user_script:74: @user_script: 74: -READONLY You can't write",
                "TRANSIENT | READONLY You can't write against a read only replica. script: f_72bf, on @user_script:74.",
                "TRANSIENT | OOM command not allowed when used memory > 'maxmemory'.",
                "TRANSIENT | BUSY Redis is busy running a script.",
                "TRANSIENT | CLUSTERDOWN Hash slot not served",
                "TRANSIENT | TRYAGAIN Multiple keys request during rehashing of slot",
                "TRANSIENT | MASTERDOWN Link with MASTER is down",
                "TRANSIENT | NOREPLICAS Not enough good replicas to write.",
                "TRANSIENT | MISCONF Redis is configured to save RDB snapshots",
                "TRANSIENT | MOVED 3999 127.0.0.1:6381",
                "TRANSIENT | ERR max number of clients reached",
                "PERMANENT | WRONGTYPE Operation against a key holding the wrong kind of value",
                "PERMANENT | ERR Error running script (call to f_72bf): @user_script:49: WRONGTYPE Operation against a key",
                "PERMANENT | FOREIGNKEY the lock key is not of this lock",
                "PERMANENT | TOKENOVERFLOW there is no token above 9223372036854775807",
                "PERMANENT | NOAUTH Authentication required.",
                "PERMANENT | WRONGPASS invalid username-password pair",
                "PERMANENT | NOPERM this user has no permissions to run the 'evalsha' command",
                "PERMANENT | ERR unknown command `EVALSHA`",
                "PERMANENT | ERR Error running script (call to f_x): @user_script:1: @user_script: 1: The user executing the script can't run this command or subcommand",
                "PERMANENT | ERR ACL failure in script: User locks has no permissions to run the 'set' command script: x, on @user_script:1.",
                "PERMANENT | ERR something that is not known yet",
                "PERMANENT | ERR Error running script (call to f_x): @user_script:7: @user_script: 7: something new",
                "PERMANENT | @user_script: 80: Write commands not allowed after non deterministic commands. Call redis",
                "PERMANENT | user_script:90: attempt to index a nil value",
                "TRANSIENT | @user_script: 217: Lua script attempted to access a non local key in a cluster node",
                "TRANSIENT | ERR Script attempted to access a non local key in a cluster node script: f_x, on @user_script:217.",
                "TRANSIENT | ERR WAIT cannot be used with replica instances. Please also note that",
                "TRANSIENT | ERR Error running script (call to f_x): @user_script:1: Script killed by user with SCRIPT KILL...",
                "UNKNOWN | EXECABORT not one of ours"
            })
    void errorReplies(Kind kind, String reply) {
        LockBackendException mapped = RedisErrors.map("a", ExceptionFactory.createExecutionException(reply));

        assertThat(mapped.kind()).isEqualTo(kind);
        assertThat(mapped.lockName()).isEqualTo("a");
        assertThat(mapped).hasMessageContaining(reply);
        assertThat(RedisErrors.map("a", RedisConnectionException.create(mapped.getCause()))
                        .kind())
                .isEqualTo(kind);
    }

    @Test
    void failuresOfTheConnection() {
        assertThat(kind(new RedisCommandTimeoutException("late"))).isEqualTo(UNKNOWN);
        assertThat(kind(new IOException("Connection reset by peer"))).isEqualTo(UNKNOWN);
        assertThat(kind(new RedisException("Connection disconnected"))).isEqualTo(UNKNOWN);
        assertThat(kind(new RedisConnectionException("Unable to connect"))).isEqualTo(TRANSIENT);
        assertThat(kind(new RedisException("Request queue size exceeded: 5"))).isEqualTo(TRANSIENT);
        assertThat(kind(new CompletionException(new RedisConnectionException("x"))))
                .isEqualTo(TRANSIENT);
        LockBackendException known = new LockBackendException("b", PERMANENT, "x", null);
        assertThat(RedisErrors.map("a", known)).isSameAs(known);
    }

    @Test
    @DisplayName(
            "G8, C7: once its user has shut the client down every call fails for good, and the locks can still be closed")
    void clientThatWasShutDown() {
        try (RedisServer server = RedisServer.start()) {
            RedisClient client = RedisClient.create(server.uri());
            LockClient locks = LockClient.create(RedisLockBackend.create(client));
            LockRequest request = LockRequest.of("a").waitTime(Duration.ofMinutes(10));
            assertThat(get(locks.acquire(request)).isValid()).isTrue();

            client.shutdown();

            for (int i = 0; i < 3; i++) {
                StepVerifier.create(locks.acquire(request.name("n" + i)))
                        .expectErrorSatisfies(e -> assertThat(kind(e)).isEqualTo(PERMANENT))
                        .verify(PATIENCE);
            }
            locks.close().block(PATIENCE);
        }
    }

    @Test
    @DisplayName("G7: what cannot be sent is told at once, and not kept for a connection that may come back")
    void nothingIsKeptForAServerThatIsGone() {
        try (RedisServer server = RedisServer.start();
                TcpProxy proxy = TcpProxy.to(server.host(), server.port())) {
            RedisLockBackend backend = RedisLockBackend.create(RedisURI.create(proxy.host(), proxy.port()));
            get(backend.tryAcquire(command("a", holder())));
            proxy.refuse();
            proxy.cut(Cut.RESET);
            // a call that is on its way as the connection breaks is not known to have failed
            StepVerifier.create(backend.tryAcquire(command("b", holder()))
                            .timeout(Duration.ofMillis(100))
                            .retryWhen(Retry.fixedDelay(10_000, Duration.ofMillis(5))
                                    .filter(e -> kind(e) != TRANSIENT)))
                    .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("not connected"))
                    .verify(PATIENCE);

            for (int i = 0; i < 1_000; i++) {
                StepVerifier.create(backend.tryAcquire(command("c", holder())))
                        .expectErrorSatisfies(e -> assertThat(kind(e)).isEqualTo(TRANSIENT))
                        .verify(PATIENCE);
            }
            StepVerifier.create(backend.renew(List.of(renewal("a", holder()))))
                    .expectErrorSatisfies(e -> assertThat(kind(e)).isEqualTo(TRANSIENT))
                    .verify(PATIENCE);
            backend.close().block(PATIENCE);
        }
    }

    @Test
    void outOfMemory() {
        try (RedisServer server = RedisServer.start();
                RedisFixture fixture = new RedisFixture(server)) {
            Holder holder = holder();
            fixture.tryAcquire("held", holder);
            fixture.redis().configSet("maxmemory", "1");

            assertFails(fixture, TRANSIENT, "OOM");
            assertThat(get(fixture.backend
                            .renew(List.of(renewal("held", holder)))
                            .collectList()))
                    .containsExactly(new RenewalResult.Renewed(holder, LEASE));
            assertThat(fixture.release("held", holder)).isTrue();
            assertThat(fixture.release("held", holder)).isTrue();

            fixture.redis().configSet("maxmemory", "0");
            assertThat(fixture.tryAcquire("a", holder())).isInstanceOf(Granted.class);
        }
    }

    @Test
    @DisplayName("A8: a replica grants nothing")
    void replica() {
        try (RedisServer server = RedisServer.start();
                RedisFixture fixture = new RedisFixture(server)) {
            fixture.redis().replicaof("127.0.0.1", 1);
            assertFails(fixture, TRANSIENT, "READONLY");

            fixture.redis().configSet("replica-serve-stale-data", "no");
            assertFails(fixture, TRANSIENT, "MASTERDOWN");
        }
    }

    @Test
    @DisplayName("A8: nor does a replica that takes writes, also where a reconnect leads to it, until it is the master")
    void writableReplica() {
        try (RedisServer server = RedisServer.start("replica-read-only no");
                TcpProxy proxy = TcpProxy.to(server.host(), server.port());
                RedisFixture fixture = new RedisFixture(server)) {
            RedisLockBackend reconnecting = RedisLockBackend.create(RedisURI.create(proxy.host(), proxy.port()))
                    .keyPrefix(fixture.prefix);
            Holder owner = holder();
            get(reconnecting.tryAcquire(command("held", owner)));
            get(reconnecting.renew(List.of(renewal("held", owner))).collectList());

            fixture.redis().replicaof("127.0.0.1", 1);
            proxy.cut(Cut.FIN);

            for (RedisLockBackend backend : List.of(fixture.backend, reconnecting)) {
                failing(backend.tryAcquire(command("a", holder()))).block(PATIENCE);
                failing(backend.tryAcquire(command("a", holder())))
                        .repeat()
                        .takeUntil(e -> e.toString().contains("replica-read-only") && kind(e) == TRANSIENT)
                        .blockLast(PATIENCE);
                failing(backend.renew(List.of(renewal("held", owner))).next())
                        .repeat()
                        .takeUntil(e -> e.toString().contains("replica-read-only") && kind(e) == TRANSIENT)
                        .blockLast(PATIENCE);
            }

            fixture.redis().replicaofNoOne();
            for (RedisLockBackend backend : List.of(fixture.backend, reconnecting)) {
                assertThat(get(untilAnswered(backend.tryAcquire(command("held", owner)))))
                        .isInstanceOf(Granted.class);
                assertThat(get(untilAnswered(
                                backend.renew(List.of(renewal("held", owner))).next())))
                        .isEqualTo(new RenewalResult.Renewed(owner, LEASE));
            }
            reconnecting.close().block(PATIENCE);
        }
    }

    /** What it fails with; any answer fails the test. */
    private static Mono<Throwable> failing(Mono<?> call) {
        return call.then(Mono.<Throwable>error(new AssertionError("an answer")))
                .onErrorResume(LockBackendException.class, Mono::just);
    }

    @Test
    void tooFewReplicas() {
        try (RedisServer server = RedisServer.start("min-replicas-to-write 1");
                RedisFixture fixture = new RedisFixture(server)) {
            assertFails(fixture, TRANSIENT, "NOREPLICAS");
        }
    }

    @Test
    void clusterWithoutSlots() {
        try (RedisServer server = RedisServer.start("cluster-enabled yes");
                RedisFixture fixture = new RedisFixture(server)) {
            assertFails(fixture, TRANSIENT, "CLUSTERDOWN");
        }
    }

    @Test
    void serverWithoutScripts() {
        try (RedisServer server = RedisServer.start("rename-command EVALSHA \"\"");
                RedisFixture fixture = new RedisFixture(server)) {
            assertFails(fixture, PERMANENT, "unknown command");
        }
    }

    @Test
    @DisplayName("A7: a server that will refuse the scripts for ever is told from one that may take them later")
    void scriptsThatMayNotAskForTheTime() {
        try (RedisServer server = RedisServer.start("lua-replicate-commands no");
                RedisFixture fixture = new RedisFixture(server)) {
            if (server.description().contains(" 6.")) {
                assertFails(fixture, PERMANENT, "lua-replicate-commands");
                assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();
            } else {
                // newer ones know the setting, and no longer go by it
                assertThat(fixture.tryAcquire("a", holder())).isInstanceOf(Granted.class);
            }
        }
    }

    @Test
    @DisplayName("A7, G8: an operation that the server refuses halfway through a call leaves the others their answers")
    void failsAlone() {
        try (RedisServer server = RedisServer.start("user locks on >secret ~* &* +@all -del");
                RedisFixture fixture = new RedisFixture(server)) {
            RedisLockBackend limited = RedisLockBackend.create(
                            "redis://locks:secret@" + server.host() + ":" + server.port())
                    .keyPrefix(fixture.prefix);
            Holder owner = holder();
            fixture.tryAcquire("held", owner);

            // what is asked for as an answer is delivered leaves in one call
            StepVerifier.create(limited.tryAcquire(command("first", holder()))
                            .flatMap(granted -> Mono.zip(
                                    limited.tryAcquire(command("a", holder())),
                                    limited.release("held", owner)
                                            .thenReturn(true)
                                            .onErrorResume(e -> Mono.just(kind(e) != PERMANENT)))))
                    .assertNext(answers -> {
                        assertThat(answers.getT1()).isInstanceOf(Granted.class);
                        assertThat(answers.getT2()).isFalse();
                    })
                    .expectComplete()
                    .verify(PATIENCE);
            limited.close().block(PATIENCE);
        }
    }

    @Test
    void userWithoutPermission() {
        try (RedisServer server = RedisServer.start("user default on nopass ~* &* +@all -evalsha");
                RedisFixture fixture = new RedisFixture(server)) {
            assertFails(fixture, PERMANENT, "NOPERM");
        }
    }

    @Test
    @DisplayName("the permissions that the documentation names are enough")
    void documentedPermissions() {
        String rights =
                "~limited:* &limited:* +eval +evalsha +mget +set +del +pexpire +pttl +time +zadd +zrank +zcard +zrem +zpopmin +hset +hget +hdel"
                        + " +publish +subscribe +unsubscribe";
        try (RedisServer server = RedisServer.start("user locks on >secret resetchannels " + rights)) {
            RedisLockBackend backend = RedisLockBackend.create(
                            "redis://locks:secret@" + server.host() + ":" + server.port())
                    .keyPrefix("limited");
            Holder owner = holder();
            Holder waiter = holder();
            StepVerifier.create(backend.signals())
                    .expectNext(new WaitSignal.Recheck())
                    .then(() -> {
                        get(backend.enqueue(command("a", owner), CHECK));
                        get(backend.enqueue(command("a", waiter), CHECK));
                        get(backend.renew(List.of(renewal("a", owner))).collectList());
                        get(backend.release("a", owner));
                    })
                    .expectNextMatches(WaitSignal.HandOff.class::isInstance)
                    .then(() -> backend.leave("a", waiter).block(PATIENCE))
                    .thenCancel()
                    .verify(PATIENCE);
            assertFails(backend.keyPrefix("other"), PERMANENT, "NOPERM");
            backend.close().block(PATIENCE);
        }
    }

    @Test
    void wrongPassword() {
        try (RedisServer server = RedisServer.start("requirepass secret")) {
            RedisLockBackend backend = RedisLockBackend.create("redis://wrong@" + server.host() + ":" + server.port());
            assertFails(backend, PERMANENT, "WRONGPASS");
            backend.close().block(PATIENCE);
        }
    }

    @Test
    @DisplayName("a server that is down is a transient failure, and one that comes back is found")
    void serverDown() {
        RedisServer server = RedisServer.start();
        RedisLockBackend backend = RedisLockBackend.create(server.uri());
        server.close();

        assertFails(backend, TRANSIENT, "cannot connect");
        assertFails(backend, TRANSIENT, "cannot connect");
        backend.close().block(PATIENCE);
    }

    @Test
    @DisplayName("a client that refuses commands while it is not connected has sent nothing")
    void rejectsWhileDisconnected() {
        RedisServer server = RedisServer.start();
        RedisClient client = RedisClient.create(server.uri());
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .build());
        RedisLockBackend backend = RedisLockBackend.create(client);
        get(backend.tryAcquire(command("a", holder())));
        server.close();

        LockBackendException failure = get(backend.tryAcquire(command("a", holder()))
                .then(Mono.<LockBackendException>empty())
                .onErrorResume(LockBackendException.class, Mono::just)
                .filter(e -> e.toString().contains("not connected"))
                .repeatWhenEmpty(attempts -> attempts.delayElements(Duration.ofMillis(5))));

        assertThat(failure.kind()).isEqualTo(TRANSIENT);
        backend.close().block(PATIENCE);
        RedisFixture.shutdownAfterCuts(client);
    }

    @Test
    @DisplayName("A4: a command that timed out may have taken effect")
    void timeOut() {
        try (RedisServer server = RedisServer.start();
                RedisFixture fixture = new RedisFixture(server)) {
            fixture.client.setOptions(ClientOptions.builder()
                    .timeoutOptions(TimeoutOptions.enabled(Duration.ofMillis(500)))
                    .build());
            Holder holder = holder();
            fixture.tryAcquire("warm", holder);
            fixture.redis().clientPause(1_500);

            assertFails(fixture, UNKNOWN, "timed out");
        }
    }

    @Test
    @DisplayName("a closed backend says so, and says that nothing was done")
    void closed() {
        try (RedisServer server = RedisServer.start();
                RedisFixture fixture = new RedisFixture(server)) {
            fixture.tryAcquire("warm", holder());
            fixture.backend.close().block(PATIENCE);
            fixture.backend.close().block(PATIENCE);

            assertFails(fixture, PERMANENT, "closed");
        }
    }

    private static Kind kind(Throwable failure) {
        return RedisErrors.map("a", failure).kind();
    }

    private static void assertFails(RedisFixture fixture, Kind kind, String message) {
        assertFails(fixture.backend, kind, message);
    }

    private static void assertFails(RedisLockBackend backend, Kind kind, String message) {
        LockBackendException failure = get(backend.tryAcquire(command("a", holder()))
                // a connection that breaks as it is opened may be tried again; that is not what is asked here
                .retryWhen(Retry.max(kind == TRANSIENT ? 0 : 3)
                        .filter(e -> ((LockBackendException) e).kind() == TRANSIENT)
                        .onRetryExhaustedThrow((spec, signal) -> signal.failure()))
                .then(Mono.<LockBackendException>error(new AssertionError("no failure")))
                .onErrorResume(LockBackendException.class, Mono::just));
        assertThat(failure).hasMessageContaining(message);
        assertThat(failure.kind()).isEqualTo(kind);
    }
}
