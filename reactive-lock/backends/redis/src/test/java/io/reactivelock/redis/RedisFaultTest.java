package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.LEASE;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static io.reactivelock.redis.RedisFixture.token;
import static io.reactivelock.redis.RedisFixture.untilAnswered;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timer;
import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.testservers.RedisExtension;
import io.reactivelock.testservers.TcpFaults.Cut;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What the network does to commands, seen by a backend behind a proxy; the fixture's own connection is direct. */
@Tag("long")
class RedisFaultTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    /** Above every clock, so that tokens count grants exactly. */
    private static final long TOKEN = 9_000_000_000_000_000_000L;

    private static final Timer TIMER = new HashedWheelTimer(1, TimeUnit.MILLISECONDS);

    /** Connects again at once, so that hundreds of cuts take seconds. */
    private static final ClientResources RESOURCES = DefaultClientResources.builder()
            .timer(TIMER)
            .reconnectDelay(Delay.constant(Duration.ofMillis(1)))
            .build();

    private RedisFixture fixture;
    private TcpProxy proxy;
    private RedisClient client;
    private RedisLockBackend backend;

    @BeforeEach
    void open() {
        fixture = new RedisFixture(REDIS.server());
        proxy = TcpProxy.to(REDIS.server().host(), REDIS.server().port());
        client = RedisClient.create(RESOURCES, RedisURI.create(proxy.host(), proxy.port()));
        backend = RedisLockBackend.create(client).keyPrefix(fixture.prefix);
        backend.connect().block(PATIENCE);
        Holder warm = holder();
        get(backend.tryAcquire(command("warm", warm)));
        get(backend.release("warm", warm));
    }

    @AfterEach
    void close() {
        backend.close().block(PATIENCE);
        RedisFixture.shutdownAfterCuts(client);
        proxy.close();
        fixture.close();
    }

    @AfterAll
    static void end() {
        RESOURCES.shutdown(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        TIMER.stop();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A2: an acquire that is cut at any byte of the request is one grant and one token")
    void requestCutAnywhere(Cut cut) {
        long before = proxy.requestBytes();
        acquireOnce("a");
        long length = proxy.requestBytes() - before;

        for (long n = 1; n <= length; n++) {
            proxy.cutAfterRequestBytes(n, cut);
            acquireOnce("a");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A2: an acquire that is cut at any byte of the reply is one grant and one token")
    void replyCutAnywhere(Cut cut) {
        long before = proxy.replyBytes();
        acquireOnce("a");
        long length = proxy.replyBytes() - before;

        for (long n = 1; n <= length; n++) {
            proxy.cutAfterReplyBytes(n, cut);
            acquireOnce("a");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A2: acquires that are on their way together and cut are one grant and one token each")
    void pipelineCut(Cut cut) {
        List<String> names = List.of("a", "b", "c");
        long before = proxy.replyBytes();
        acquireOnce(names);
        long length = proxy.replyBytes() - before;

        for (long n = 1; n <= length; n++) {
            proxy.cutAfterReplyBytes(n, cut);
            acquireOnce(names);
        }
    }

    private void acquireOnce(String name) {
        acquireOnce(List.of(name));
    }

    private void acquireOnce(List<String> names) {
        for (String name : names) {
            fixture.redis().del(fixture.lockKey(name));
            fixture.redis().set(fixture.tokenKey(name), Long.toString(TOKEN), SetArgs.Builder.px(600_000));
        }
        List<AttemptResult> results = get(Flux.fromIterable(names)
                .flatMap(name -> untilAnswered(backend.tryAcquire(command(name, holder()))))
                .collectList());
        proxy.heal();

        assertThat(results).hasSize(names.size()).allMatch(result -> token(result) == TOKEN + 1);
        for (String name : names) {
            assertThat(fixture.redis().get(fixture.tokenKey(name))).isEqualTo(Long.toString(TOKEN + 1));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3: a release whose reply is lost frees the lock once, says so, and leaves the successor alone")
    void releaseReplyLost(Cut cut) {
        Holder first = holder();
        Holder successor = holder();
        get(backend.tryAcquire(command("a", first)));
        proxy.swallowReplies();
        long replies = proxy.replyBytes();

        Mono<Boolean> release = untilAnswered(backend.release("a", first)).cache();
        Disposable running = release.subscribe();
        proxy.whenReplyBytes(replies + 1).block(PATIENCE);
        assertThat(fixture.tryAcquire("a", successor)).isInstanceOf(Granted.class);
        proxy.heal();
        proxy.cut(cut);

        assertThat(get(release)).isTrue();
        assertThat(fixture.redis().get(fixture.lockKey("a"))).startsWith(successor.toString());
        running.dispose();
    }

    @Test
    @DisplayName("A3: a cancelled attempt that was not written is never written")
    void cancelledBeforeWritten() {
        proxy.refuse();
        long refused = proxy.accepted();
        proxy.cut(Cut.FIN);
        proxy.whenAccepted(refused + 1).block(PATIENCE);
        Holder cancelled = holder();
        Disposable attempt = backend.tryAcquire(command("cancelled", cancelled)).subscribe();
        Mono<AttemptResult> kept =
                untilAnswered(backend.tryAcquire(command("kept", holder()))).cache();
        Disposable running = kept.subscribe();

        attempt.dispose();
        proxy.heal();

        assertThat(get(kept)).isInstanceOf(Granted.class);
        assertThat(fixture.redis().exists(fixture.tokenKey("cancelled"))).isZero();
        running.dispose();
    }

    @Test
    @DisplayName("A3, G2: attempts that are cancelled at any moment leave no lock once they were given back")
    void cancelledAnywhere() {
        int attempts = 5_000;
        Flux.range(0, attempts)
                .flatMap(
                        i -> {
                            Holder holder = holder();
                            String name = "n" + i;
                            long micros = ThreadLocalRandom.current().nextLong(1_000);
                            return backend.tryAcquire(command(name, holder))
                                    .takeUntilOther(Mono.delay(Duration.ofNanos(1_000 * micros)))
                                    .then(backend.leave(name, holder))
                                    .thenReturn(i);
                        },
                        64)
                .blockLast(Duration.ofMinutes(2));

        assertThat(fixture.keys(fixture.prefix + ":*:lock")).isEmpty();
        assertThat(fixture.keys(fixture.prefix + ":*:token")).isNotEmpty();
    }

    @Test
    @DisplayName(
            "A3: attempts that the server holds back and that are cancelled leave no lock once they were given back")
    void cancelledWhilePaused() {
        fixture.redis().clientPause(200);
        Flux.range(0, 500)
                .flatMap(
                        i -> {
                            Holder holder = holder();
                            return backend.tryAcquire(command("n" + i, holder))
                                    .takeUntilOther(Mono.delay(Duration.ofMillis(i % 50)))
                                    .then(backend.leave("n" + i, holder))
                                    .thenReturn(i);
                        },
                        500)
                .blockLast(PATIENCE);

        assertThat(fixture.keys(fixture.prefix + ":*:lock")).isEmpty();
    }

    @Test
    @DisplayName("A1: a grant whose reply is lost is gone with its lease time")
    void lostGrantExpires() {
        proxy.swallowReplies();
        long requests = proxy.requestBytes();
        Disposable attempt = backend.tryAcquire(
                        new io.reactivelock.spi.AcquireCommand("a", holder(), Duration.ofMillis(200), 0, 1))
                .subscribe();
        proxy.whenRequestBytes(requests + 1).block(PATIENCE);
        await("the lock was granted", () -> fixture.redis().exists(fixture.tokenKey("a")) == 1);
        attempt.dispose();

        await("the lock is free", () -> fixture.redis().exists(fixture.lockKey("a")) == 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("B6: renewals whose reply is cut at any byte tell the truth of every lease")
    void renewalReplyCutAnywhere(Cut cut) {
        Holder own = holder();
        Holder lost = holder();
        get(backend.tryAcquire(command("own", own)));
        List<Renewal> renewals = List.of(renewal("own", own), renewal("lost", lost), renewal("own", own));
        Mono<List<RenewalResult>> renewal = backend.renew(renewals).collectList();
        long before = proxy.replyBytes();
        get(renewal);
        long length = proxy.replyBytes() - before;

        for (long n = 1; n <= length; n++) {
            proxy.cutAfterReplyBytes(n, cut);
            assertThat(get(untilAnswered(renewal)))
                    .containsExactly(
                            new RenewalResult.Renewed(own, LEASE),
                            new RenewalResult.Lost(lost),
                            new RenewalResult.Renewed(own, LEASE));
            proxy.heal();
        }
    }

    @Test
    @DisplayName("B6: the results of the call that was answered come before the errors of those that failed")
    void renewalsFailApart() {
        List<Renewal> threeCalls = get(Flux.range(0, 600)
                .map(i -> renewal("n" + i, holder()))
                .flatMap(renewal -> backend.tryAcquire(command(renewal.name(), renewal.holder()))
                        .thenReturn(renewal))
                .collectList());
        // the first call and the last one each have a lease time that the server refuses
        for (int refused : new int[] {0, 599}) {
            Renewal sound = threeCalls.get(refused);
            threeCalls.set(refused, new Renewal(sound.name(), sound.holder(), Duration.ofMillis(Long.MAX_VALUE)));
        }
        List<RenewalResult> results = new ArrayList<>();

        StepVerifier.create(backend.renew(threeCalls).doOnNext(results::add).then())
                .expectErrorSatisfies(e -> {
                    assertThat(e).isInstanceOf(LockBackendException.class);
                    assertThat(e.getSuppressed()).singleElement().isInstanceOf(LockBackendException.class);
                })
                .verify(PATIENCE);

        assertThat(results).hasSize(250).allMatch(RenewalResult.Renewed.class::isInstance);
    }
}
