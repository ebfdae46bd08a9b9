package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.FaultyLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockFault;
import io.reactivelock.testkit.LockOperation;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
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
import reactor.core.scheduler.Schedulers;

/**
 * Cancels that race with grants on real threads, against a server that answers from other threads. In the package of the engine, for it
 * looks at what the engine holds afterwards, which has to be nothing.
 */
class CancelRaceTest {
    private static final int RACES = Integer.getInteger("reactivelock.races", 20_000);
    private static final List<String> NAMES =
            IntStream.range(0, 8).mapToObj(i -> "lock-" + i).toList();

    private final InMemoryLockBackend server = InMemoryLockBackend.create();
    private LockEngine engine;

    @BeforeEach
    void open() {
        LockBackend network = asynchronous(server);
        engine = new LockEngine(
                network, LockClientOptions.defaults().backOff(Duration.ofMillis(1), Duration.ofMillis(20)));
    }

    @AfterEach
    void dispose() {
        engine.close().block(Duration.ofSeconds(30));
    }

    private static LockBackend asynchronous(LockBackend server) {
        FaultyLockBackend network = FaultyLockBackend.around(server, Schedulers.parallel());
        Stream.of(LockOperation.values())
                .forEach(operation -> network.always(operation, LockFault.delayReply(Duration.ofNanos(1))));
        return network;
    }

    @Test
    @DisplayName("A3, F5, G7: cancels at any moment leave no lock, no waiter, no timer")
    void leaveNothingBehindACancel() {
        Flux.range(0, RACES)
                .flatMap(
                        i -> Mono.<Void>create(done -> {
                            Disposable acquire =
                                    acquire(i).flatMap(Lease::release).subscribe(freed -> {}, done::error);
                            Schedulers.parallel()
                                    .schedule(
                                            () -> {
                                                acquire.dispose();
                                                done.success();
                                            },
                                            ThreadLocalRandom.current().nextInt(200),
                                            TimeUnit.MICROSECONDS);
                        }),
                        64)
                .blockLast(Duration.ofMinutes(2));
        expectNothingLeft();
    }

    static Stream<UnaryOperator<Mono<Lease>>> operatorsThatGiveUp() {
        return Stream.of(
                lease -> lease.timeout(soon(), Mono.empty()),
                // a zip that has the lease and ends without it does not cancel, but tells the discard hook
                lease -> Mono.zip(lease, soon().then(Mono.<Integer>empty()), (value, other) -> value)
                        .doOnDiscard(Lease.class, unused -> unused.release().subscribe()),
                lease -> Mono.firstWithSignal(lease, soon().then(Mono.empty())),
                lease -> lease.takeUntilOther(soon()),
                lease -> lease.flux()
                        .publishOn(Schedulers.parallel())
                        .takeUntilOther(soon())
                        .next(),
                lease -> Mono.usingWhen(
                        Mono.just(1),
                        one -> lease,
                        one -> Mono.empty(),
                        (one, e) -> Mono.empty(),
                        one -> Mono.empty()));
    }

    private static Mono<Long> soon() {
        return Mono.defer(() -> {
            Duration delay = Duration.ofNanos(ThreadLocalRandom.current().nextInt(300_000));
            return Mono.delay(delay, Schedulers.parallel());
        });
    }

    @ParameterizedTest
    @MethodSource("operatorsThatGiveUp")
    @DisplayName(
            "A3, C9, G2: a lease that arrives while an operator gives up is used, given back, or dropped and not renewed")
    void endWhatNobodyReceives(UnaryOperator<Mono<Lease>> operator) {
        LockRequest noticedSoon = LockRequest.of("any")
                .leaseTime(Duration.ofSeconds(2))
                .renewalInterval(Duration.ofMillis(200))
                .waitTime(Duration.ofMinutes(1));
        Flux.range(0, RACES / 4)
                .flatMap(
                        i -> operator.apply(engine.acquire(noticedSoon.name(name(i))))
                                .flatMap(Lease::release)
                                .timeout(Duration.ofSeconds(20), Mono.empty()),
                        64)
                .blockLast(Duration.ofMinutes(2));
        expectNothingLeft();
    }

    @Test
    @DisplayName("C4: cancels at any moment of work under a lock release it")
    void releaseWhatWasWorkedUnder() {
        LockClient client = LockClient.create(asynchronous(server));
        Flux.range(0, RACES / 4)
                .flatMap(i -> client.withLock(request(i), lease -> soon()).takeUntilOther(soon()), 64)
                .blockLast(Duration.ofMinutes(2));
        client.close().block(Duration.ofSeconds(30));
        expectNothingLeft();
    }

    @Test
    @DisplayName("C6, B5: concurrent ends of a lease have one effect, and nothing is renewed after")
    void endOnce() {
        for (int i = 0; i < RACES / 20; i++) {
            Lease lease = Objects.requireNonNull(acquire(i).block());
            long before = server.calls(LockOperation.RELEASE);
            List<Boolean> results = Flux.range(0, 4)
                    .flatMap(thread -> lease.release().subscribeOn(Schedulers.parallel()))
                    .collectList()
                    .block();
            assertThat(results).containsOnly(true).hasSize(4);
            assertThat(server.calls(LockOperation.RELEASE)).isEqualTo(before + 1);
        }
        expectNothingLeft();
    }

    private static LockRequest request(int i) {
        return LockRequest.of(name(i)).leaseTime(Duration.ofMinutes(5));
    }

    private static String name(int i) {
        return NAMES.get(i % NAMES.size());
    }

    private Mono<Lease> acquire(int i) {
        return engine.acquire(request(i));
    }

    private void expectNothingLeft() {
        assertThat(engine.gateway.queues()).isTrue();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!left().isEmpty() && System.nanoTime() - deadline < 0) {
            System.gc(); // finds what was dropped
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(left()).isEmpty();
    }

    private List<String> left() {
        Stream<String> held = NAMES.stream()
                .filter(name ->
                        server.heldBy(name).isPresent() || !server.waiters(name).isEmpty())
                .map(name -> name + " is held or waited for");
        return Stream.concat(held, SimulatedClient.left(engine).stream()).toList();
    }
}
