package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.mutiny.MutinyLease;
import io.reactivelock.mutiny.MutinyLockClient;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.FaultyLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockFault;
import io.reactivelock.testkit.LockOperation;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Cancels of a {@code Uni} that race with grants on real threads, against a server that answers from other threads. In the package of
 * the engine, for it looks at what the engine holds afterwards, which has to be nothing.
 */
class MutinyRaceTest {
    private static final int RACES = Integer.getInteger("reactivelock.races", 20_000);
    private static final List<String> NAMES =
            IntStream.range(0, 8).mapToObj(i -> "lock-" + i).toList();

    private final InMemoryLockBackend server = InMemoryLockBackend.create();
    private final LockEngine engine = new LockEngine(
            asynchronous(server), LockClientOptions.defaults().backOff(Duration.ofMillis(1), Duration.ofMillis(20)));
    private final MutinyLockClient locks = MutinyLockClient.create(new LookedInto(engine));

    @AfterEach
    void close() {
        locks.close().await().atMost(Duration.ofSeconds(30));
    }

    private static LockBackend asynchronous(LockBackend server) {
        FaultyLockBackend network = FaultyLockBackend.around(server, Schedulers.parallel());
        Stream.of(LockOperation.values())
                .forEach(operation -> network.always(operation, LockFault.delayReply(Duration.ofNanos(1))));
        return network;
    }

    static Stream<UnaryOperator<Uni<MutinyLease>>> operatorsOnTheWay() {
        return Stream.of(
                lease -> lease,
                lease -> lease.emitOn(Infrastructure.getDefaultExecutor()),
                lease -> lease.map(taken -> taken).invoke(taken -> {}),
                lease -> lease.onItem().delayIt().by(Duration.ofMillis(1)),
                lease -> Uni.join()
                        .first(lease, soon().replaceWith((MutinyLease) null))
                        .toTerminate());
    }

    @ParameterizedTest
    @MethodSource("operatorsOnTheWay")
    @DisplayName(
            "A3, C9, G2, F5, G7: cancels at any moment leave no waiter, no timer, and no lock but what was dropped, for its lease time")
    void leaveNothingBehindACancel(UnaryOperator<Uni<MutinyLease>> operator) {
        race(i -> operator.apply(locks.acquire(request(i)))
                .chain(lease -> lease == null ? Uni.createFrom().nullItem() : lease.release()));
        expectNothingLeft();
    }

    @Test
    @DisplayName("C4: cancels at any moment of work under a lock release it")
    void releaseWhatWasWorkedUnder() {
        MutinyLockClient client = MutinyLockClient.create(asynchronous(server));
        race(i -> client.withLock(request(i), lease -> soon()));
        race(i -> client.withLockMany(request(i), lease -> soon().toMulti()).toUni());
        client.close().await().atMost(Duration.ofSeconds(30));
        expectNothingLeft();
    }

    /** Subscribes to each, and cancels it at a random moment of the next 200 microseconds. */
    private static void race(Function<Integer, Uni<?>> started) {
        Multi.createFrom()
                .range(0, RACES / 2)
                .onItem()
                .transformToUni(i -> Uni.createFrom().<Integer>emitter(done -> {
                    Cancellable running = started.apply(i).subscribe().with(item -> {}, failure -> {});
                    Schedulers.parallel()
                            .schedule(
                                    () -> {
                                        running.cancel();
                                        done.complete(i);
                                    },
                                    ThreadLocalRandom.current().nextInt(200),
                                    TimeUnit.MICROSECONDS);
                }))
                .merge(64)
                .collect()
                .last()
                .await()
                .atMost(Duration.ofMinutes(2));
    }

    private static Uni<Long> soon() {
        return Uni.createFrom()
                .emitter(emitter -> Schedulers.parallel()
                        .schedule(
                                () -> emitter.complete(1L),
                                ThreadLocalRandom.current().nextInt(300_000),
                                TimeUnit.NANOSECONDS));
    }

    private static LockRequest request(int i) {
        return LockRequest.of(NAMES.get(i % NAMES.size()))
                .leaseTime(Duration.ofSeconds(2))
                .renewalInterval(Duration.ofMillis(200))
                .waitTime(Duration.ofMinutes(1));
    }

    private void expectNothingLeft() {
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
        Stream<String> inEngine = Stream.of(
                        "timers " + engine.runtime.timers().size(),
                        "signalled " + engine.gateway.signalled(),
                        "queues " + engine.queues.size(),
                        "pending " + engine.runtime.pending().count(),
                        "waiting " + engine.waiters.count())
                .filter(count -> !count.endsWith(" 0"));
        return Stream.concat(held, inEngine).toList();
    }

    /** The client of core in the part that these races need, over an engine that can be looked into. */
    private record LookedInto(LockEngine engine) implements LockClient {
        @Override
        public Mono<Lease> acquire(LockRequest request) {
            return engine.acquire(request);
        }

        @Override
        public Mono<Lease> tryAcquire(LockRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> Mono<T> tryWithLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> Flux<T> withLockMany(
                LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> Flux<T> tryWithLockMany(
                LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
            throw new UnsupportedOperationException();
        }

        @Override
        public LockClientOptions options() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Void> connect() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Void> ping(Duration within) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Void> close() {
            return engine.close();
        }
    }
}
