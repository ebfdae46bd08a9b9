package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static io.reactivelock.redis.RedisFixture.untilAnswered;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.testservers.RedisServer;
import io.reactivelock.testservers.TcpFaults;
import io.reactivelock.testservers.TcpFaults.Cut;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** B8: renewals go on whatever becomes of the connection for commands and of the thread that delivers leases. */
class RedisRenewalConnectionTest {
    private static final LockRequest REQUEST = LockRequest.of("slow")
            .leaseTime(Duration.ofSeconds(20))
            .renewalInterval(Duration.ofMillis(100))
            .waitTime(PATIENCE);

    private RedisServer server;
    private TcpProxy proxy;
    private ClientResources resources;
    private RedisClient client;
    private RedisClient renewing;

    @BeforeEach
    void open() {
        server = RedisServer.start();
        proxy = TcpProxy.to(server.host(), server.port());
        resources = ClientResources.builder().ioThreadPoolSize(4).build();
        client = RedisClient.create(resources, uri());
        renewing = RedisClient.create(resources, uri());
    }

    @AfterEach
    void close() {
        RedisFixture.shutdownAfterCuts(client);
        RedisFixture.shutdownAfterCuts(renewing);
        resources.shutdown(1, 2_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
        proxy.close();
        server.close();
    }

    private RedisURI uri() {
        return RedisURI.create(proxy.host(), proxy.port());
    }

    static Stream<Function<RedisRenewalConnectionTest, RedisLockBackend>> backends() {
        return Stream.of(
                test -> RedisLockBackend.create(test.uri()),
                test -> RedisLockBackend.create(test.client),
                test -> RedisLockBackend.create(
                        test.client.connect(), test.renewing.connect(), test.client.connectPubSub()));
    }

    @ParameterizedTest
    @MethodSource("backends")
    @DisplayName("B8: a subscriber that blocks the thread on which leases are delivered costs no renewal")
    void blockedThread(Function<RedisRenewalConnectionTest, RedisLockBackend> factory) {
        LockClient locks = LockClient.create(factory.apply(this));
        List<Lease> leases = leases(locks);

        whileBlocking(locks, () -> leases.forEach(RenewalProbe::await));

        locks.close().block(PATIENCE);
    }

    @Test
    @DisplayName(
            "B8: a client of the backend's own answers renewals on event loops of their own, also after reconnects")
    void ownEventLoops() {
        RedisLockBackend backend = RedisLockBackend.create(uri());
        for (int i = 0; i < 3; i++) {
            Holder holder = holder();
            String commands = get(untilAnswered(
                    onDriverThread(backend.tryAcquire(command("a" + i, holder)).map(granted -> eventLoopGroup()))));
            String renewals = get(untilAnswered(onDriverThread(
                    backend.renew(List.of(renewal("a" + i, holder))).next().map(renewed -> eventLoopGroup()))));
            assertThat(renewals).isNotEqualTo(commands);

            long accepted = proxy.accepted();
            proxy.cut(Cut.FIN);
            proxy.whenAccepted(accepted + 2).block(PATIENCE);
        }
        backend.close().block(PATIENCE);
    }

    /** As Lettuce names its threads: {@code lettuce-nioEventLoop-<group>-<thread>}. */
    private static String eventLoopGroup() {
        String thread = Thread.currentThread().getName();
        assertThat(thread).startsWith("lettuce-").matches(".*-\\d+-\\d+");
        return thread.substring(0, thread.lastIndexOf('-'));
    }

    @Test
    @DisplayName("B8: a connection for commands that does not answer delays no renewal")
    void silentConnection() {
        LockClient locks = LockClient.create(RedisLockBackend.create(client));
        List<Lease> leases = leases(locks);
        await("both are open", () -> proxy.connections().size() == 2);
        TcpFaults commands = proxy.connections().get(0);

        commands.holdReplies();
        leases.forEach(RenewalProbe::await);
        commands.releaseReplies();

        locks.close().block(PATIENCE);
    }

    private static List<Lease> leases(LockClient locks) {
        return get(Flux.range(0, 10)
                .flatMap(i -> locks.acquire(REQUEST.name("held" + i)))
                .collectList());
    }

    /** An answer that comes before all is subscribed is delivered by the thread that subscribes: holds it until then. */
    private <T> Mono<T> onDriverThread(Mono<T> answer) {
        return Mono.create(sink -> {
            proxy.holdReplies();
            sink.onDispose(answer.subscribe(sink::success, sink::error, sink::success));
            proxy.releaseReplies();
        });
    }

    private void whileBlocking(LockClient locks, Runnable check) {
        CountDownLatch checked = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        AtomicReference<String> blocked = new AtomicReference<>();
        onDriverThread(locks.acquire(REQUEST).doOnNext(lease -> {
                    blocked.set(Thread.currentThread().getName());
                    awaitUninterruptibly(checked);
                }))
                .flatMap(Lease::release)
                .doFinally(end -> released.countDown())
                .subscribe();
        await("a subscriber blocks", () -> blocked.get() != null);
        assertThat(blocked.get()).startsWith("lettuce-");
        try {
            check.run();
        } finally {
            checked.countDown();
        }
        awaitUninterruptibly(released);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertThat(latch.await(2, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
