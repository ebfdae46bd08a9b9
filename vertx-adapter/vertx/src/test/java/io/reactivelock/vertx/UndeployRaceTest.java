package io.reactivelock.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LeaseLostException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.FaultyLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockFault;
import io.reactivelock.testkit.LockOperation;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@DisplayName("Acquires that race with the end of their verticle")
class UndeployRaceTest {
    private static final int RACES = Integer.getInteger("reactivelock.races", 10_000);
    private static final int NAMES = 8;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(4));
    private final InMemoryLockBackend server = InMemoryLockBackend.create();
    private final FaultyLockBackend network = FaultyLockBackend.around(server, Schedulers.parallel());
    private final LockClient engine = LockClient.create(
            network, LockClientOptions.defaults().backOff(Duration.ofMillis(1), Duration.ofMillis(20)));
    private final VertxLockClient locks = VertxLockClient.create(vertx, engine);
    private final ConcurrentLinkedQueue<Throwable> unexpected = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private static LockRequest request(int i) {
        return LockRequest.of("lock-" + i % NAMES)
                .leaseTime(Duration.ofMinutes(5))
                .waitTime(Duration.ofMinutes(1));
    }

    /** Waits, holds or works when its time comes; each keeps what it gets. */
    private Mono<Void> race(int i) {
        AbstractVerticle verticle = new AbstractVerticle() {
            @Override
            public void start() {
                switch (i % 3) {
                    case 0 -> locks.acquire(request(i)).onFailure(UndeployRaceTest.this::note);
                    case 1 ->
                        locks.acquire(request(i)).compose(VertxLease::release).onFailure(UndeployRaceTest.this::note);
                    default ->
                        locks.withLock(request(i), lease -> vertx.timer(1)).onFailure(UndeployRaceTest.this::note);
                }
            }
        };
        Duration life = Duration.ofNanos(ThreadLocalRandom.current().nextInt(500_000));
        return Mono.fromCompletionStage(() -> vertx.deployVerticle(verticle).toCompletionStage())
                .delayElement(life, Schedulers.parallel())
                .flatMap(id -> Mono.fromCompletionStage(vertx.undeploy(id).toCompletionStage()));
    }

    private void note(Throwable failure) {
        if (!(failure instanceof LockClientDisposedException || failure instanceof LeaseLostException)) {
            unexpected.add(failure);
        }
    }

    @Test
    @DisplayName("A3, C4, G2, G7: leave no lock, no waiter, nothing tied to a verticle, and no timer")
    void leaveNothing() {
        for (LockOperation operation : LockOperation.values()) {
            network.always(operation, LockFault.delayReply(Duration.ofNanos(1)));
        }
        Flux.range(0, RACES).flatMap(this::race, 64).blockLast(PATIENCE);

        Mono.fromSupplier(this::left)
                .filter(String::isEmpty)
                .repeatWhenEmpty(attempts -> attempts.delayElements(Duration.ofMillis(5)))
                .timeout(Duration.ofSeconds(20), Mono.fromSupplier(() -> {
                    throw new AssertionError(left());
                }))
                .block();
        assertThat(unexpected).isEmpty();
        assertThat(tiedTo(locks.ends)).isEmpty();
        long start = System.nanoTime();
        engine.close().block(PATIENCE);
        assertThat(System.nanoTime() - start)
                .as("a dispose has nothing to wait for")
                .isLessThan(TimeUnit.SECONDS.toNanos(4));
    }

    @Test
    @DisplayName("G7: what ended by itself is no longer tied to its context")
    void untied() {
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        Function<Integer, Future<?>> calls = i -> switch (i % 4) {
            case 0 -> locks.acquire(request(i)).compose(VertxLease::release);
            case 1 ->
                locks.tryAcquire(request(i))
                        .compose(lease -> lease.orElseThrow().release());
            case 2 -> locks.withLock(request(i), lease -> Future.succeededFuture());
            default ->
                locks.acquire(request(i).leaseTime(Duration.ofMillis(20)).withoutRenewal())
                        .compose(VertxLease::lost);
        };
        for (int i = 0; i < 100; i++) {
            int number = i;
            Promise<Object> done = Promise.promise();
            context.runOnContext(
                    nothing -> calls.apply(number).<Object>mapEmpty().onComplete(done));
            done.future().await();
        }
        assertThat(tiedTo(context.closeFuture()).stream().filter(Hold.class::isInstance))
                .isEmpty();
        assertThat(tiedTo(locks.ends)).isEmpty();
        engine.close().block(PATIENCE);
    }

    /** Vert.x does not tell. */
    private static Set<?> tiedTo(CloseFuture future) {
        try {
            Field children = CloseFuture.class.getDeclaredField("children");
            children.setAccessible(true);
            synchronized (future) {
                Map<?, ?> tied = (Map<?, ?>) children.get(future);
                return tied == null ? Set.of() : Set.copyOf(tied.keySet());
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("CloseFuture has changed", e);
        }
    }

    private String left() {
        StringBuilder left = new StringBuilder();
        for (int i = 0; i < NAMES; i++) {
            String name = request(i).name();
            server.heldBy(name).ifPresent(holder -> left.append(name).append(" is held "));
            if (!server.waiters(name).isEmpty()) {
                left.append(name).append(" is waited for ");
            }
        }
        return left.toString();
    }
}
