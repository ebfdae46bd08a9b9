package io.reactivelock.mutiny;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.FaultyLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockFault;
import io.reactivelock.testkit.LockOperation;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Leases that were emitted, and what Mutiny's operators did with them: step by step, without a race. */
class DroppedLeaseTest {
    private static final LockRequest REQUEST = LockRequest.of("lock").maxHold(Duration.ofMinutes(5));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final InMemoryLockBackend server = InMemoryLockBackend.create(time);
    private final FaultyLockBackend network = FaultyLockBackend.around(server, time);
    private final Uni<MutinyLease> acquire = MutinyLockClient.create(
                    LockClient.create(network, LockClientOptions.defaults().scheduler(time)))
            .acquire(REQUEST);

    private boolean isHeld() {
        time.advanceTime();
        return server.heldBy("lock").isPresent();
    }

    @Test
    @DisplayName("G2: a lease that was emitted is not given back by a cancel, though emitOn drops it")
    void inAQueue() {
        Queue<Runnable> executor = new ArrayDeque<>();
        UniAssertSubscriber<MutinyLease> subscriber = acquire.map(lease -> lease)
                .invoke(lease -> {})
                .emitOn(executor::add)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        assertThat(isHeld()).isTrue();
        assertThat(executor).hasSize(1);
        subscriber.cancel();
        expectHeldUntilTheEnd();
    }

    private void expectHeldUntilTheEnd() {
        assertThat(isHeld()).isTrue();
        time.advanceTimeBy(Duration.ofMinutes(5));
        assertThat(isHeld()).isFalse();
    }

    @Test
    @DisplayName("A3: a lease that arrives after ifNoItem gave up is given back")
    void afterATimeout() {
        network.next(LockOperation.ENQUEUE, LockFault.delayReply(Duration.ofSeconds(1)));
        Queue<Runnable> timer = new ArrayDeque<>();
        ScheduledExecutorService timers = new ScheduledThreadPoolExecutor(0) {
            @Override
            public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
                timer.add(task);
                return super.schedule(() -> {}, delay, unit);
            }
        };
        UniAssertSubscriber<MutinyLease> subscriber = acquire.ifNoItem()
                .after(Duration.ofMillis(1))
                .on(timers)
                .recoverWithItem((MutinyLease) null)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        assertThat(isHeld()).isTrue();
        timer.remove().run();
        timers.shutdownNow();
        subscriber.assertCompleted().assertItem(null);
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(isHeld()).isFalse();
    }

    @Test
    @DisplayName("G2: a cancel of what followed in the chain gives nothing back")
    void inAChain() {
        UniAssertSubscriber<Object> subscriber = acquire.chain(
                        lease -> Uni.createFrom().nothing())
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        assertThat(isHeld()).isTrue();
        subscriber.cancel();
        expectHeldUntilTheEnd();
    }

    @Test
    @DisplayName("G2: a lease that lost to the first of a join is dropped")
    void inAJoin() {
        CompletableFuture<MutinyLease> other = new CompletableFuture<>();
        Queue<Runnable> executor = new ArrayDeque<>();
        UniAssertSubscriber<MutinyLease> subscriber = Uni.join()
                .first(acquire.emitOn(executor::add), Uni.createFrom().completionStage(other))
                .toTerminate()
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        assertThat(isHeld()).isTrue();
        other.completeExceptionally(new IllegalStateException("first"));
        subscriber.assertFailedWith(IllegalStateException.class, "first");
        expectHeldUntilTheEnd();
    }

    @Test
    @DisplayName("G2: operators that take the lease and cancel its source as they do so get a valid one")
    void takenByAnOperatorThatCancels() {
        AtomicReference<MutinyLease> received = new AtomicReference<>();
        acquire.toMulti().select().first(1).subscribe().with(received::set);
        expectReceived(received);
        Multi.createFrom()
                .safePublisher(acquire.convert().toPublisher())
                .toUni()
                .subscribe()
                .with(received::set);
        expectReceived(received);
        Uni.join()
                .first(acquire, Uni.createFrom().<MutinyLease>nothing())
                .toTerminate()
                .subscribe()
                .with(received::set);
        expectReceived(received);
        Uni.combine()
                .any()
                .of(acquire, Uni.createFrom().<MutinyLease>nothing())
                .subscribe()
                .with(received::set);
        expectReceived(received);
        Uni.createFrom().publisher(acquire.convert().toPublisher()).subscribe().with(received::set);
        expectReceived(received);
    }

    private void expectReceived(AtomicReference<MutinyLease> received) {
        assertThat(isHeld()).isTrue();
        MutinyLease lease = received.getAndSet(null);
        assertThat(lease.isValid()).isTrue();
        assertThat(lease.release().subscribeAsCompletionStage()).isCompletedWithValue(true);
        assertThat(isHeld()).isFalse();
    }

    static Stream<Function<Uni<MutinyLease>, Uni<?>>> operatorsThatDrop() {
        return Stream.of(
                lease -> Uni.combine()
                        .all()
                        .unis(lease, Uni.createFrom().failure(new IllegalStateException("the other part")))
                        .asTuple(),
                lease -> Uni.combine().any().of(Uni.createFrom().<MutinyLease>nullItem(), lease),
                lease -> Uni.join()
                        .first(
                                lease.onFailure().recoverWithNull().emitOn(task -> {}),
                                Uni.createFrom().<MutinyLease>nullItem())
                        .toTerminate());
    }

    /** Mutiny has no discard hook: the Javadoc of {@code acquire} names them. */
    @ParameterizedTest
    @MethodSource("operatorsThatDrop")
    @DisplayName("G2, the limit: what an operator drops is held until it is unreachable, or its longest hold is over")
    void droppedWithoutACancel(Function<Uni<MutinyLease>, Uni<?>> operator) {
        operator.apply(acquire)
                .replaceWithVoid()
                .onFailure()
                .recoverWithNull()
                .await()
                .atMost(Duration.ofSeconds(10));
        expectHeldUntilTheEnd();
    }
}
