package io.reactivelock.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.LeaseLostException;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.testkit.FaultyLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockFault;
import io.reactivelock.testkit.LockOperation;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.context.storage.ContextLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.scheduler.Schedulers;

@Timeout(40)
@DisplayName("Whatever comes, comes on the context of whoever asked")
class ContextTest {
    private static final LockRequest REQUEST = LockRequest.of("order:42").waitTime(Duration.ofSeconds(20));

    /** To be made before the Vertx. */
    private static final ContextLocal<String> REQUEST_ID = ContextLocal.registerLocal(String.class);

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final InMemoryLockBackend backend = InMemoryLockBackend.create();
    private final FaultyLockBackend network = asynchronous(backend);
    private final VertxLockClient locks = VertxLockClient.create(vertx, network);

    @AfterEach
    void close() {
        vertx.close().await();
    }

    /** Answers on a thread of its own, as a driver does. */
    private static FaultyLockBackend asynchronous(InMemoryLockBackend backend) {
        FaultyLockBackend network = FaultyLockBackend.around(backend, Schedulers.parallel());
        for (LockOperation operation : LockOperation.values()) {
            network.always(operation, LockFault.delayReply(Duration.ofNanos(1)));
        }
        return network;
    }

    private <T> T on(Context context, Supplier<Future<T>> call) {
        Promise<T> result = Promise.promise();
        context.runOnContext(nothing -> call.get().onComplete(result));
        return result.future().await();
    }

    /** Acquires, tries, works, is refused, waits for a loss and releases, and notes the context of each callback. */
    private Future<List<Context>> everyCallback() {
        List<Context> seen = Collections.synchronizedList(new ArrayList<>());
        Runnable note = () -> seen.add(ContextInternal.current());
        return locks.acquire(REQUEST)
                .onComplete(lease -> note.run())
                .compose(lease -> locks.tryAcquire(REQUEST)
                        .onComplete(busy -> note.run())
                        .compose(busy -> locks.acquire(REQUEST.waitTime(Duration.ofMillis(20))))
                        .onComplete(timedOut -> note.run())
                        .recover(timedOut -> Future.succeededFuture(lease))
                        .compose(same -> {
                            lease.lost().onComplete(end -> note.run());
                            return lease.release();
                        })
                        .onComplete(released -> note.run()))
                .compose(released -> locks.withLock(REQUEST, lease -> {
                    note.run();
                    return vertx.timer(1);
                }))
                .onComplete(worked -> note.run())
                .compose(worked ->
                        locks.acquire(REQUEST.leaseTime(Duration.ofMillis(30)).withoutRenewal()))
                .compose(VertxLease::lost)
                .onComplete(lost -> note.run())
                .compose(lost -> lostAtWork())
                .onComplete(lost -> note.run())
                .map(lost -> seen);
    }

    private Future<LeaseLostException> lostAtWork() {
        return locks.withLock(
                        REQUEST.leaseTime(Duration.ofMillis(30)).withoutRenewal(),
                        lease -> Promise.<LeaseLostException>promise().future())
                .recover(lost -> Future.succeededFuture((LeaseLostException) lost));
    }

    static Stream<ThreadingModel> models() {
        if (Runtime.version().feature() < 21) {
            System.out.println("Not tested on JDK " + Runtime.version().feature() + ": verticles on virtual threads");
            return Stream.of(ThreadingModel.EVENT_LOOP, ThreadingModel.WORKER);
        }
        return Stream.of(ThreadingModel.EVENT_LOOP, ThreadingModel.WORKER, ThreadingModel.VIRTUAL_THREAD);
    }

    @ParameterizedTest
    @MethodSource("models")
    @DisplayName("on the verticle's own: event loop, worker, virtual thread")
    void onTheVerticles(ThreadingModel model) {
        Promise<Context> started = Promise.promise();
        vertx.deployVerticle(
                        new AbstractVerticle() {
                            @Override
                            public void start() {
                                started.complete(context);
                            }
                        },
                        new DeploymentOptions().setThreadingModel(model))
                .await();
        Context context = started.future().await();
        assertThat(on(context, this::everyCallback)).hasSize(9).containsOnly(context);
    }

    @Test
    @DisplayName("on a duplicated one, with its local data")
    void onADuplicate() {
        ContextInternal context =
                ((VertxInternal) vertx).createEventLoopContext().duplicate();
        context.putLocal(REQUEST_ID, "r-1");
        assertThat(on(context, this::everyCallback)).hasSize(9).allSatisfy(seen -> {
            assertThat(seen).isSameAs(context);
            assertThat(seen.getLocal(REQUEST_ID)).isEqualTo("r-1");
        });
    }

    @Test
    @DisplayName("on an event loop for whoever has none")
    void fromOutside() {
        assertThat(everyCallback().await())
                .hasSize(9)
                .allSatisfy(seen -> assertThat(seen.isEventLoopContext()).isTrue());
    }

    @Test
    @DisplayName("a lease may be used from another verticle, whose results are on its own context")
    void passedOn() {
        VertxInternal owner = (VertxInternal) vertx;
        ContextInternal first = owner.createEventLoopContext();
        ContextInternal second = owner.createEventLoopContext();
        VertxLease lease = on(first, () -> locks.acquire(REQUEST));
        Promise<Context> told = Promise.promise();
        on(second, () -> {
            lease.lost().onComplete(end -> told.complete(ContextInternal.current()));
            return Future.succeededFuture();
        });
        Context released = on(second, () -> lease.release().map(held -> ContextInternal.current()));
        assertThat(released).isSameAs(second);
        assertThat(told.future().await()).isSameAs(second);
    }

    @Test
    @DisplayName("work that throws, returns nothing or fails is a failed future, and its lock is free")
    void badWork() {
        RuntimeException failure = new IllegalStateException("out of stock");
        assertThatThrownBy(() -> locks.withLock(REQUEST, lease -> {
                            throw failure;
                        })
                        .await())
                .isSameAs(failure);
        assertThatThrownBy(() -> locks.withLock(REQUEST, lease -> Future.failedFuture(failure))
                        .await())
                .isSameAs(failure);
        assertThatThrownBy(() -> locks.withLock(REQUEST, ContextTest::nothing).await())
                .isInstanceOf(NullPointerException.class)
                .hasMessage("the work returned no future");
        assertThat(backend.heldBy(REQUEST.name())).isEmpty();
        assertThat(locks.withLock(REQUEST, lease -> Future.succeededFuture()).await())
                .isNull();
    }

    @SuppressWarnings("NullAway") // what a user can get wrong
    private static Future<Integer> nothing(VertxLease lease) {
        return null;
    }

    @Test
    @DisplayName("a lock that stays taken: empty, or a failure at the deadline")
    void taken() {
        VertxLease held = locks.acquire(REQUEST).await();
        assertThat(locks.tryAcquire(REQUEST).await()).isEmpty();
        assertThatThrownBy(() ->
                        locks.acquire(REQUEST.waitTime(Duration.ofMillis(500))).await())
                .isInstanceOf(LockTimeoutException.class);
        assertThat(held.release().await()).isTrue();
    }

    @Test
    @DisplayName("work whose lease was lost before its context was free is not begun")
    void lostOnTheWay() {
        AtomicBoolean begun = new AtomicBoolean();
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        assertThatThrownBy(() -> on(context, () -> {
                    Future<Void> work = locks.withLock(
                            REQUEST.leaseTime(Duration.ofMillis(50)).withoutRenewal(), lease -> {
                                begun.set(true);
                                return Future.succeededFuture();
                            });
                    // the event loop is busy until the lock has been given back for the loss
                    while (network.calls(LockOperation.LEAVE) == 0) {
                        Thread.onSpinWait();
                    }
                    return work;
                }))
                .isInstanceOf(LeaseLostException.class);
        assertThat(begun).isFalse();
    }
}
