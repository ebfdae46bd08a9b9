package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Whose a lease is between the engine and its subscriber, and what becomes of one that nobody has. */
class LeaseOwnershipTest {
    private static final LockRequest REQUEST = LockRequest.of("a")
            .leaseTime(ofSeconds(10))
            .waitTime(ofSeconds(2))
            .renewalInterval(ofSeconds(3))
            .driftMargin(ofMillis(100));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ScriptedBackend backend = new ScriptedBackend();
    private final List<String> dropped = new ArrayList<>();
    private final LockClientOptions options = LockClientOptions.defaults()
            .scheduler(time)
            .withAcquireSites()
            .observer(new LockObserver() {
                @Override
                public void leaseDropped(Lease lease) {
                    dropped.add(lease.name());
                }
            });
    private final LockClient client = LockClient.create(backend, options);

    /** Runs what {@code publishOn} queues when the test says so. */
    private final Queue<Runnable> queued = new ArrayDeque<>();

    private final Executor later = queued::add;

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private static void runAll(Queue<Runnable> tasks) {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Each cancels the acquire after its value, on the same thread or on another, and passes the value on. */
    static Stream<Function<Flux<Lease>, Mono<Lease>>> operatorsThatTakeAndCancel() {
        return Stream.of(
                Flux::next,
                lease -> lease.take(1).single(),
                lease -> Flux.merge(lease, Flux.<Lease>never()).next(),
                lease -> lease.concatWith(Mono.never()).next(),
                lease -> lease.mergeWith(Mono.never())
                        .filter(Lease::isValid)
                        .take(1)
                        .next());
    }

    @ParameterizedTest
    @MethodSource("operatorsThatTakeAndCancel")
    @DisplayName("G2: a lease that is handed out is held, whatever its operator cancels, and on whichever thread")
    void heldWhoeverCancels(Function<Flux<Lease>, Mono<Lease>> operator) {
        List<Lease> taken = new ArrayList<>();
        operator.apply(client.acquire(REQUEST)
                        .publishOn(Schedulers.fromExecutor(later))
                        .flux())
                .subscribe(taken::add);
        backend.granted(0, 7);
        runAll(queued);

        assertThat(taken).hasSize(1).allMatch(Lease::isValid);
        assertThat(backend.log).doesNotContain("release");
    }

    @Test
    @DisplayName("G2: a lease is held by who blocks for the first of a flux")
    void blockFirst() {
        Flux<Lease> leases = client.acquire(REQUEST).flux();
        Mono.delay(Duration.ofMillis(1), Schedulers.parallel())
                .repeatWhen(again -> again.takeWhile(nothing -> backend.attempts.isEmpty()))
                .subscribe(nothing -> {}, e -> {}, () -> backend.granted(0, 7));

        assertThat(leases.blockFirst(Duration.ofSeconds(20))).isNotNull().matches(Lease::isValid);
    }

    @Test
    @DisplayName("A3, G2: a grant that meets a cancel on its way to the subscriber is given back")
    void cancelledOnTheWay() {
        LockClient delayed = LockClient.create(backend, options.deliveryScheduler(Schedulers.fromExecutor(later)));
        List<Lease> taken = new ArrayList<>();
        Disposable acquire = delayed.acquire(REQUEST).subscribe(taken::add);
        backend.granted(0, 7);
        acquire.dispose();
        assertThat(backend.log).doesNotContain("release");
        runAll(queued);

        assertThat(taken).isEmpty();
        assertThat(backend.log).last().isEqualTo("release");
    }

    @Test
    @DisplayName("leases are delivered on the scheduler that was chosen, and elsewhere only where that takes no more")
    void deliveryScheduler() {
        LockClient delayed = LockClient.create(backend, options.deliveryScheduler(Schedulers.fromExecutor(later)));
        List<Lease> taken = new ArrayList<>();
        delayed.acquire(REQUEST).subscribe(taken::add);
        delayed.acquire(REQUEST).subscribe(taken::add);
        backend.granted(0, 7, 2, false);
        assertThat(taken).isEmpty();
        runAll(queued);
        assertThat(taken).hasSize(1);
        // a hand-off inside the client is delivered there, too: not on the thread of who releases
        taken.get(0).release().subscribe();
        assertThat(taken).hasSize(1);
        runAll(queued);
        assertThat(taken).hasSize(2);

        LockClient refused = LockClient.create(backend, options.deliveryScheduler(Schedulers.fromExecutor(task -> {
            throw new RejectedExecutionException("full");
        })));
        refused.acquire(REQUEST.name("b")).subscribe(taken::add);
        backend.granted(1, 8);
        assertThat(taken).hasSize(3);
    }

    @Test
    @DisplayName("a scheduler that takes no task with a delay is refused as it is given")
    void schedulerWithoutTime() {
        assertThatIllegalArgumentException().isThrownBy(() -> options.scheduler(Schedulers.immediate()));
        assertThatIllegalArgumentException().isThrownBy(() -> options.scheduler(Schedulers.fromExecutor(later)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> {
                    Scheduler ended = Schedulers.newSingle("ended");
                    ended.dispose();
                    options.scheduler(ended);
                })
                .withMessageContaining("the scheduler takes tasks with a delay");
    }

    private @Nullable WeakReference<Lease> user;

    /** In a method of its own, so that no frame of the test keeps the lease. */
    private void acquireAndForget() {
        client.acquire(REQUEST).subscribe(lease -> user = new WeakReference<>(lease));
        backend.granted(0, 7);
    }

    private void forgotten() {
        WeakReference<Lease> reference = Objects.requireNonNull(user);
        while (reference.get() != null) {
            System.gc();
        }
    }

    @Test
    @DisplayName("C9: a lease that nobody can reach is not renewed, is told once, and ends with its validity")
    void droppedLease() {
        acquireAndForget();
        forgotten();
        time.advanceTimeBy(ofSeconds(9));
        assertThat(backend.renewals).isEmpty();
        assertThat(dropped).containsExactly("a");
        time.advanceTimeBy(ofSeconds(1));
        assertThat(backend.log).last().isEqualTo("release");
        assertThat(dropped).containsExactly("a");
    }

    @Test
    @DisplayName("C9: a lease is renewed while anything is left by which it could be released")
    void keptByItsRelease() {
        List<Mono<Boolean>> kept = new ArrayList<>();
        client.acquire(REQUEST).map(Lease::release).subscribe(kept::add);
        backend.granted(0, 7);
        System.gc();
        time.advanceTimeBy(ofSeconds(4));
        assertThat(backend.renewals).hasSize(1);
        assertThat(kept).hasSize(1);
    }

    @Test
    @DisplayName("C9: work under a lock keeps its lease")
    void keptByWork() {
        Sinks.Empty<Void> work = Sinks.empty();
        client.withLock(REQUEST, lease -> work.asMono()).subscribe();
        backend.granted(0, 7);
        System.gc();
        time.advanceTimeBy(ofSeconds(4));
        assertThat(backend.renewals).hasSize(1);
        work.tryEmitEmpty();
        assertThat(backend.log).last().isEqualTo("release");
    }

    @Test
    @DisplayName("tryWithLock works if the lock is free, and else completes empty without the work")
    void tryWithLock() {
        List<Object> signals = new ArrayList<>();
        Mono<Object> work =
                client.tryWithLock(REQUEST, lease -> Mono.just(lease.token().value()));
        work.subscribe(signals::add, signals::add, () -> signals.add("complete"));
        backend.granted(0, 7);
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals).containsExactly(7L, "complete");

        signals.clear();
        work.subscribe(signals::add, signals::add, () -> signals.add("complete"));
        backend.busy(1, ofSeconds(5));
        assertThat(signals).containsExactly("complete");
    }

    @Test
    @DisplayName("tryWithLockMany works if the lock is free, and else completes empty without the work")
    void tryWithLockMany() {
        List<Object> signals = new ArrayList<>();
        Flux<Object> work =
                client.tryWithLockMany(REQUEST, lease -> Flux.just(lease.token().value(), Lease.class));
        work.subscribe(signals::add, signals::add, () -> signals.add("complete"));
        backend.granted(0, 7);
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals).containsExactly(7L, Lease.class, "complete");

        signals.clear();
        work.subscribe(signals::add, signals::add, () -> signals.add("complete"));
        backend.busy(1, ofSeconds(5));
        assertThat(signals).containsExactly("complete");
    }
}
