package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.AttemptResult.Busy;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.AttemptResult.Queued;
import io.reactivelock.testservers.RedisServer;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What leaves together, in which order, and how one command's fate affects the others. A server that nobody else uses. */
class CommandBatcherTest {
    private static final Pattern EVALSHA = Pattern.compile("cmdstat_evalsha:calls=(\\d+),usec=(\\d+)");

    private RedisServer server;
    private RedisFixture fixture;
    private TcpProxy proxy;
    private RedisClient client;
    private RedisLockBackend backend;

    @BeforeEach
    void open() {
        server = RedisServer.start();
        fixture = new RedisFixture(server);
        proxy = TcpProxy.to(server.host(), server.port());
        client = RedisClient.create(RedisURI.create(proxy.host(), proxy.port()));
        backend = RedisLockBackend.create(client).keyPrefix(fixture.prefix);
        backend.connect().block(PATIENCE);
        get(backend.tryAcquire(command("warm", holder())));
    }

    @AfterEach
    void close() {
        proxy.heal();
        backend.close().block(PATIENCE);
        RedisFixture.shutdownAfterCuts(client);
        proxy.close();
        fixture.close();
        server.close();
    }

    @Test
    @DisplayName("requests that come while calls are under way leave together, each with its own answer")
    void leavesTogether() {
        fixture.tryAcquire("n7", holder());

        Map<String, Long> cost = fixture.cost(() -> {
            List<AttemptResult> results = meanwhile(() -> Flux.range(0, 64)
                    .flatMapSequential(i -> backend.tryAcquire(command("n" + i, holder())), 64)
                    .collectList());
            assertThat(results).hasSize(64);
            assertThat(results.get(7)).isInstanceOf(Busy.class);
            results.remove(7);
            assertThat(results).allMatch(Granted.class::isInstance);
        });

        // two that were under way, and the one in which all others left
        assertThat(cost).containsEntry("evalsha", 3L).containsEntry("mget", 3L);
    }

    @Test
    @DisplayName("what is asked in onNext leaves together, once all answers were delivered")
    void leavesTogetherAfterADelivery() {
        Map<String, Long> cost = fixture.cost(() -> assertThat(meanwhile(
                        () -> Flux.range(0, 64).flatMap(i -> cycle("n" + i), 64).collectList()))
                .hasSize(64)
                .allMatch(freed -> freed));

        // the first two acquires, and later their releases, leave alone
        assertThat(cost.get("evalsha")).isLessThanOrEqualTo(6);
    }

    @Test
    @DisplayName("one lock may be meant more than once in a call: the operations see each other's effect, in order")
    void sameLockTwice() {
        Holder first = holder();
        Holder second = holder();
        Holder third = holder();
        List<Object> results = meanwhile(() -> Flux.<Object>mergeSequential(List.of(
                        backend.tryAcquire(command("a", first)),
                        backend.tryAcquire(command("a", second)),
                        backend.enqueue(command("a", third), CHECK),
                        backend.release("a", first),
                        backend.tryAcquire(command("a", second)),
                        backend.leave("a", third).thenReturn("left"),
                        backend.tryAcquire(command("a", second))))
                .collectList());

        assertThat(results.get(0)).isInstanceOf(Granted.class);
        assertThat(results.get(1)).isInstanceOf(Busy.class);
        assertThat(results.get(2)).isInstanceOf(Queued.class);
        assertThat(results.get(3)).isEqualTo(true);
        assertThat(results.get(4)).isInstanceOf(Busy.class);
        assertThat(results.get(6)).isInstanceOf(Granted.class);
        assertThat(fixture.redis().get(fixture.lockKey("a"))).isEqualTo(second + ":" + token((Granted) results.get(6)));
    }

    @Test
    @DisplayName("a command that fails, fails alone, with its own lock name")
    void failsAlone() {
        fixture.redis().lpush(fixture.tokenKey("n13"), "foreign");
        fixture.redis().set(fixture.waitKey("n14"), "foreign");
        fixture.tryAcquire("n14", holder());

        List<Object> results = meanwhile(() -> Flux.range(0, 64)
                .flatMapSequential(
                        i -> backend.enqueue(command("n" + i, holder()), CHECK)
                                .cast(Object.class)
                                .onErrorResume(LockBackendException.class, Mono::just),
                        64)
                .collectList());

        for (int i : List.of(13, 14)) {
            assertThat(results.get(i)).isInstanceOf(LockBackendException.class);
            assertThat(((LockBackendException) results.get(i)).lockName()).isEqualTo("n" + i);
            assertThat(((LockBackendException) results.get(i)).kind()).isEqualTo(LockBackendException.Kind.PERMANENT);
        }
        results.remove(14);
        results.remove(13);
        assertThat(results).allMatch(Granted.class::isInstance);
    }

    @Test
    @DisplayName("a full server refuses the acquires of a call and carries out its releases")
    void releasesWhenOutOfMemory() {
        Holder holder = holder();
        fixture.tryAcquire("held", holder);
        fixture.redis().configSet("maxmemory", "1");

        List<Object> results = meanwhile(() -> Flux.mergeSequential(
                        backend.tryAcquire(command("a", holder()))
                                .cast(Object.class)
                                .onErrorResume(Mono::just),
                        backend.tryAcquire(command("b", holder()))
                                .cast(Object.class)
                                .onErrorResume(Mono::just),
                        backend.tryAcquire(command("c", holder()))
                                .cast(Object.class)
                                .onErrorResume(Mono::just),
                        backend.release("held", holder).cast(Object.class))
                .collectList());

        assertThat(results.subList(0, 3)).allMatch(LockBackendException.class::isInstance);
        assertThat(results.get(3)).isEqualTo(true);
        assertThat(fixture.redis().exists(fixture.lockKey("held"))).isZero();
    }

    @Test
    @DisplayName("A7: a call that meets an emptied script cache is sent in full, once, for all of its commands")
    void unknownScript() {
        fixture.redis().scriptFlush();

        Map<String, Long> cost = fixture.cost(() -> assertThat(meanwhile(() -> Flux.range(0, 64)
                        .flatMap(i -> backend.tryAcquire(command("n" + i, holder())), 64)
                        .collectList()))
                .hasSize(64)
                .allMatch(Granted.class::isInstance));

        assertThat(cost.get("set")).isEqualTo(128);
    }

    @Test
    @DisplayName("A3: a command that is cancelled before it leaves is not sent, and the others are")
    void cancelledBeforeItLeaves() {
        List<AttemptResult> results = meanwhile(() -> {
            IntStream.range(0, 20)
                    .mapToObj(i -> backend.tryAcquire(command("cancelled" + i, holder()))
                            .subscribe())
                    .toList()
                    .stream()
                    .skip(2)
                    .forEach(Disposable::dispose);
            return Flux.range(0, 20)
                    .flatMap(i -> backend.tryAcquire(command("n" + i, holder())), 20)
                    .collectList();
        });

        assertThat(results).hasSize(20).allMatch(Granted.class::isInstance);
        assertThat(fixture.keys(fixture.prefix + ":{cancelled*}:token")).hasSize(2);
    }

    @Test
    @DisplayName("a subscriber that throws does not keep the others from their answers")
    void throwingSubscriber() {
        List<AttemptResult> results = meanwhile(() -> Flux.range(0, 64)
                .doOnNext(i -> backend.tryAcquire(command("thrown" + i, holder()))
                        .subscribe(
                                result -> {
                                    throw new IllegalStateException("a subscriber's fault");
                                },
                                e -> {
                                    throw new IllegalStateException("a subscriber's second fault", e);
                                }))
                .flatMap(i -> backend.tryAcquire(command("n" + i, holder())), 64)
                .collectList());

        assertThat(results).hasSize(64);
    }

    @Test
    @DisplayName("A4: what is sent later from another thread overtakes nothing")
    void keepsTheOrder() {
        int rounds = 20_000;
        Flux.range(0, rounds)
                .flatMap(
                        i -> {
                            Holder holder = holder();
                            long micros = ThreadLocalRandom.current().nextLong(500);
                            return fixture.backend
                                    .tryAcquire(command("n" + i, holder))
                                    .takeUntilOther(Mono.delay(Duration.ofNanos(1_000 * micros)))
                                    .then(fixture.backend.leave("n" + i, holder))
                                    .thenReturn(i);
                        },
                        64)
                .blockLast(Duration.ofMinutes(1));

        assertThat(fixture.keys(fixture.prefix + ":*:lock")).containsExactly(fixture.lockKey("warm"));
    }

    @Test
    @DisplayName("requests of other threads leave while a subscriber takes its time")
    void slowSubscriberDelaysNobodyElsesRequests() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Disposable slow = backend.tryAcquire(command("slow", holder())).subscribe(result -> {
            entered.countDown();
            try {
                goOn.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        Disposable other = backend.tryAcquire(command("other", holder())).subscribe();
        goOn.countDown();

        RedisFixture.await("it left", () -> fixture.redis().exists(fixture.lockKey("other")) == 1);
        slow.dispose();
        other.dispose();
    }

    @Test
    @DisplayName("a full call holds Redis for about a millisecond at most")
    void boundsACall() {
        IntStream.range(0, 5).forEach(round -> fullCall("n", round));
        long[] before = evalsha();
        IntStream.range(5, 25).forEach(round -> fullCall("n", round));
        long[] after = evalsha();

        long perOperation = (after[1] - before[1]) / (20 * 2 * 200);
        System.out.println("Redis was held for about " + 100 * perOperation + " µs by a full call of 100 operations");
        assertThat(100 * perOperation).isLessThan(5_000); // on a machine that does other things too
    }

    private void fullCall(String name, int round) {
        meanwhile(() -> Flux.range(0, 200)
                .flatMap(i -> cycle(name + i + "-" + round), 200)
                .collectList());
    }

    private long[] evalsha() {
        Matcher matcher = EVALSHA.matcher(fixture.redis().info("commandstats"));
        assertThat(matcher.find()).isTrue();
        return new long[] {Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))};
    }

    private Mono<Boolean> cycle(String name) {
        Holder holder = holder();
        return backend.tryAcquire(command(name, holder)).flatMap(granted -> backend.release(name, holder));
    }

    /** What is asked while replies are held back. */
    private <T> T meanwhile(Supplier<Mono<T>> work) {
        proxy.holdReplies();
        Mono<T> asked = work.get().cache();
        Disposable running = asked.subscribe(value -> {}, e -> {});
        proxy.heal();
        T value = get(asked);
        running.dispose();
        return value;
    }
}
