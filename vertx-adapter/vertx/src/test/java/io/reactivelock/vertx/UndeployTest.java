package io.reactivelock.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.FaultyLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockFault;
import io.reactivelock.testkit.LockOperation;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

@Timeout(40)
@DisplayName("What a verticle began ends with it")
@Tag("long")
class UndeployTest {
    private static final String NAME = "order:42";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final LockRequest REQUEST =
            LockRequest.of(NAME).leaseTime(Duration.ofMinutes(5)).waitTime(Duration.ofMinutes(1));

    private final Vertx vertx = Vertx.vertx();
    private final InMemoryLockBackend server = InMemoryLockBackend.create();
    private final FaultyLockBackend network = FaultyLockBackend.around(server, Schedulers.parallel());
    private final LockClient shared = LockClient.create(network);
    private final VertxLockClient locks = VertxLockClient.create(vertx, shared);

    @AfterEach
    void close() {
        vertx.close().await();
        shared.close().block(PATIENCE);
    }

    /** What ends the verticle. */
    enum End {
        UNDEPLOY {
            @Override
            Future<Void> of(Vertx vertx, VertxLockClient locks, String deployment) {
                return vertx.undeploy(deployment);
            }
        },
        CLOSED_CLIENT {
            @Override
            Future<Void> of(Vertx vertx, VertxLockClient locks, String deployment) {
                return locks.close();
            }
        },
        CLOSED_VERTX {
            @Override
            Future<Void> of(Vertx vertx, VertxLockClient locks, String deployment) {
                return vertx.close();
            }
        };

        abstract Future<Void> of(Vertx vertx, VertxLockClient locks, String deployment);
    }

    /** A verticle, and what it asked for in its start. */
    private record Deployed<T>(String id, Future<T> result) {}

    private <T> Deployed<T> deploy(Supplier<Future<T>> start) {
        Promise<T> result = Promise.promise();
        String id = vertx.deployVerticle(new AbstractVerticle() {
                    @Override
                    public void start() {
                        start.get().onComplete(result);
                    }
                })
                .await();
        return new Deployed<>(id, result.future());
    }

    private void expectNothingLeft() {
        assertThat(server.heldBy(NAME)).isEmpty();
        assertThat(server.waiters(NAME)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A3: an acquire that waits fails, and leaves the queue")
    void waiting(End end) {
        Lease other = Objects.requireNonNull(shared.acquire(REQUEST).block(PATIENCE));
        Deployed<VertxLease> waiter = deploy(() -> locks.acquire(REQUEST));
        network.whenCalled(LockOperation.ENQUEUE, 2).block(PATIENCE);

        end.of(vertx, locks, waiter.id).await();

        assertThatThrownBy(waiter.result::await).isInstanceOf(LockClientDisposedException.class);
        network.whenCalled(LockOperation.LEAVE, 1).block(PATIENCE);
        assertThat(other.release().block(PATIENCE)).isTrue();
        shared.close().block(PATIENCE);
        expectNothingLeft();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A3, G2: a grant that was on its way is given back")
    void inFlight(End end) {
        network.next(LockOperation.ENQUEUE, LockFault.delayReply(Duration.ofSeconds(1)));
        Deployed<VertxLease> late = deploy(() -> locks.acquire(REQUEST));
        network.whenCalled(LockOperation.ENQUEUE, 1).block(PATIENCE);

        end.of(vertx, locks, late.id).await();

        assertThatThrownBy(late.result::await).isInstanceOf(LockClientDisposedException.class);
        shared.close().block(PATIENCE);
        expectNothingLeft();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C4: a lease that is held is lost, and given back before the end is over")
    void holding(End end) {
        Promise<LeaseLoss> told = Promise.promise();
        Deployed<VertxLease> holder = deploy(
                () -> locks.acquire(REQUEST).onSuccess(lease -> lease.lost().onComplete(told)));
        VertxLease lease = holder.result.await();

        network.next(LockOperation.RELEASE, LockFault.delayRequest(Duration.ofMillis(100)));

        end.of(vertx, locks, holder.id).await();

        expectNothingLeft();
        assertThat(lease.isValid()).isFalse();
        assertThat(told.future().await().reason()).isEqualTo(LeaseLoss.Reason.DISPOSED);
        assertThat(told.future().await().token()).isEqualTo(lease.token());
        if (end != End.CLOSED_VERTX) { // after that nobody can be told
            assertThat(lease.release().await())
                    .as("C2: a release after the loss")
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C4: work that is under way is told, its caller is too, and its lock is given back")
    void working(End end) {
        Promise<LeaseLoss> told = Promise.promise();
        Promise<VertxLease> began = Promise.promise();
        Deployed<String> worker = deploy(() -> locks.withLock(REQUEST, lease -> {
            lease.lost().onComplete(told);
            began.complete(lease);
            return Promise.<String>promise().future();
        }));
        began.future().await();

        end.of(vertx, locks, worker.id).await();

        expectNothingLeft();
        assertThat(told.future().await().reason()).isEqualTo(LeaseLoss.Reason.DISPOSED);
        assertThatThrownBy(worker.result::await)
                .isInstanceOfSatisfying(
                        LeaseLostException.class,
                        lost -> assertThat(lost.loss().reason()).isEqualTo(LeaseLoss.Reason.DISPOSED));
    }

    @Test
    @DisplayName("a lock that is released by the end is not handed to a waiter that ends, too")
    void waitersOfTheSameVerticle() {
        Deployed<List<Future<VertxLease>>> crowd = deploy(() -> {
            List<Future<VertxLease>> all =
                    Stream.generate(() -> locks.acquire(REQUEST)).limit(20).toList();
            return all.get(0).map(all);
        });
        List<Future<VertxLease>> all = crowd.result.await();

        vertx.undeploy(crowd.id).await();

        assertThat(all.subList(1, 20))
                .allSatisfy(
                        waiter -> assertThatThrownBy(waiter::await).isInstanceOf(LockClientDisposedException.class));
        shared.close().block(PATIENCE);
        expectNothingLeft();
    }

    @Test
    @DisplayName("what other verticles began goes on")
    void others() {
        Deployed<VertxLease> ends = deploy(() -> locks.acquire(LockRequest.of("other")));
        Deployed<VertxLease> stays = deploy(() -> locks.acquire(REQUEST));
        ends.result.await();
        VertxLease lease = stays.result.await();

        vertx.undeploy(ends.id).await();

        assertThat(lease.isValid()).isTrue();
        assertThat(lease.release().await()).isTrue();
        assertThat(locks.acquire(REQUEST).compose(VertxLease::release).await()).isTrue();
    }

    @Test
    @DisplayName("an undeploy waits for a server that does not answer no longer than the dispose timeout")
    void bounded() {
        VirtualTimeScheduler replies = VirtualTimeScheduler.create();
        FaultyLockBackend slow = FaultyLockBackend.around(server, replies);
        Deployed<VertxLease> patient = deployWith(slow, Duration.ofHours(1), "patient");
        Deployed<VertxLease> hasty = deployWith(slow, Duration.ofMillis(1), "hasty");
        slow.always(LockOperation.RELEASE, LockFault.delayReply(Duration.ofSeconds(1)));

        Future<Void> waits = vertx.undeploy(patient.id);
        vertx.undeploy(hasty.id).await();

        assertThat(waits.isComplete()).isFalse();
        slow.whenCalled(LockOperation.RELEASE, 2).block(PATIENCE);
        replies.advanceTimeBy(Duration.ofSeconds(1));
        waits.await();
    }

    private Deployed<VertxLease> deployWith(LockBackend backend, Duration disposeTimeout, String name) {
        VertxLockClient own = VertxLockClient.create(
                vertx, backend, LockClientOptions.defaults().disposeTimeout(disposeTimeout));
        Deployed<VertxLease> holder =
                deploy(() -> own.acquire(REQUEST.name(name).waitTime(Duration.ofHours(1))));
        holder.result.await();
        return holder;
    }

    @Test
    @DisplayName("C7: a client that made its own lock client disposes it, and closes with the verticle that created it")
    void owned() throws InterruptedException {
        Set<Thread> others = timers();
        Promise<VertxLockClient> created = Promise.promise();
        String id = vertx.deployVerticle(new AbstractVerticle() {
                    @Override
                    public void start(Promise<Void> started) {
                        VertxLockClient own = VertxLockClient.create(vertx, network);
                        own.acquire(REQUEST).<Void>mapEmpty().onComplete(started);
                        created.complete(own);
                    }
                })
                .await();
        VertxLockClient own = created.future().await();
        Set<Thread> ownTimers = timers();
        ownTimers.removeAll(others);
        assertThat(ownTimers).isNotEmpty();

        vertx.undeploy(id).await();

        expectNothingLeft();
        assertRefused(own);
        own.close().await();
        for (Thread timer : ownTimers) {
            timer.join(PATIENCE.toMillis());
            assertThat(timer.isAlive()).as("%s is there", timer).isFalse();
        }
    }

    private static Set<Thread> timers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("reactive-lock"))
                .collect(Collectors.toSet());
    }

    @Test
    @DisplayName("a client connects, and asks whether the backend can be reached")
    void reachable() {
        locks.connect().await();
        locks.ping(Duration.ofMinutes(1)).await();

        assertThatThrownBy(() -> locks.ping(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("calls of a closed client, and on a closed Vertx, are refused in the future")
    void refused() {
        VertxLockClient closed = VertxLockClient.create(vertx, shared);
        closed.close().await();
        assertRefused(closed);

        vertx.close().await();
        assertRefused(locks);
        assertRefused(VertxLockClient.create(vertx, shared));
        assertThat(network.calls(LockOperation.ENQUEUE)).isZero();
    }

    private static void assertRefused(VertxLockClient client) {
        List<Function<VertxLockClient, Future<?>>> calls = List.of(
                locks -> locks.acquire(REQUEST),
                locks -> locks.tryAcquire(REQUEST),
                locks -> locks.withLock(REQUEST, lease -> Future.succeededFuture()));
        assertThat(calls)
                .allSatisfy(call -> assertThatThrownBy(() -> call.apply(client).await())
                        .isInstanceOf(LockClientDisposedException.class));
    }
}
