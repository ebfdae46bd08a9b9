package io.reactivelock.mutiny;

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
import io.reactivelock.testkit.InMemoryLockBackend;
import io.smallrye.mutiny.Context;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What Mutiny adds to the contract of a client: null items, its context, its exceptions, and {@code Multi}. */
class MutinyClientTest {
    private static final LockRequest REQUEST = LockRequest.of("lock").maxHold(Duration.ofMinutes(5));
    private static final Object USER = "user";
    private static final Object ADDED = "added";

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final InMemoryLockBackend server = InMemoryLockBackend.create(time);
    private final MutinyLockClient locks = MutinyLockClient.create(
            LockClient.create(server, LockClientOptions.defaults().scheduler(time)));

    private <T> UniAssertSubscriber<T> subscribe(Uni<T> uni) {
        UniAssertSubscriber<T> subscriber = uni.subscribe().withSubscriber(UniAssertSubscriber.create());
        time.advanceTime();
        return subscriber;
    }

    private <T> T get(Uni<T> uni) {
        return subscribe(uni).assertCompleted().getItem();
    }

    private boolean isHeld() {
        time.advanceTime();
        return server.heldBy("lock").isPresent();
    }

    @Test
    @DisplayName("A client connects, and asks whether the backend can be reached")
    void connectsAndPings() {
        assertThat(get(locks.connect())).isNull();
        assertThat(get(locks.ping(Duration.ofMillis(1)))).isNull();
        assertThatThrownBy(() -> locks.ping(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("An attempt at a lock that is held gives a null item")
    void givesNullForAHeldLock() {
        MutinyLease lease = get(locks.tryAcquire(REQUEST));
        assertThat(get(locks.tryAcquire(REQUEST))).isNull();
        assertThat(lease.name()).isEqualTo("lock");
        assertThat(lease.token().value()).isPositive();
        assertThat(lease.remaining()).isPositive();
        assertThat(lease.toString()).contains("lock");
    }

    @Test
    @DisplayName("G3: every subscription of one Uni is an attempt of its own, and so is every retry")
    void attemptsWithEverySubscription() {
        Uni<MutinyLease> acquire = locks.acquire(REQUEST);
        MutinyLease first = get(acquire);
        assertThat(get(first.release())).isTrue();
        MutinyLease second = get(acquire);
        assertThat(second.token().value()).isGreaterThan(first.token().value());
        assertThat(second.token().holder()).isNotEqualTo(first.token().holder());
        assertThat(get(second.release())).isTrue();

        List<Long> tokens = new ArrayList<>();
        Uni<Object> failing = locks.withLock(REQUEST, lease -> {
            tokens.add(lease.token().value());
            return Uni.createFrom().failure(new IllegalStateException("work"));
        });
        subscribe(failing.onFailure().retry().atMost(2)).assertFailedWith(IllegalStateException.class, "work");
        assertThat(tokens).hasSize(3).doesNotHaveDuplicates().isSorted();
    }

    @Test
    @DisplayName("The loss is an item; after a release it is null")
    void tellsALoss() {
        MutinyLease released = get(locks.acquire(REQUEST));
        UniAssertSubscriber<LeaseLoss> none = subscribe(released.lost());
        none.assertNotTerminated();
        get(released.release());
        time.advanceTime();
        none.assertCompleted().assertItem(null);

        MutinyLease lost = get(locks.acquire(REQUEST));
        UniAssertSubscriber<LeaseLoss> loss = subscribe(lost.lost());
        time.advanceTimeBy(Duration.ofMinutes(6));
        assertThat(loss.assertCompleted().getItem().reason()).isEqualTo(LeaseLoss.Reason.MAX_HOLD);
        assertThat(lost.isValid()).isFalse();
        assertThat(get(lost.release())).isFalse();
    }

    @Test
    @DisplayName("C4: an item, a null item, a failure, a thrown exception and a null Uni all release")
    @SuppressWarnings("NullAway") // what a user can get wrong
    void releasesHoweverTheWorkEnds() {
        subscribe(locks.withLock(REQUEST, lease -> Uni.createFrom().item(7))).assertItem(7);
        assertThat(isHeld()).isFalse();
        subscribe(locks.withLock(REQUEST, lease -> Uni.createFrom().nullItem())).assertItem(null);
        assertThat(isHeld()).isFalse();
        subscribe(locks.withLock(REQUEST, lease -> Uni.createFrom().failure(new IllegalStateException("failed"))))
                .assertFailedWith(IllegalStateException.class, "failed");
        assertThat(isHeld()).isFalse();
        subscribe(locks.<Integer>withLock(REQUEST, lease -> {
                    throw new IllegalStateException("thrown");
                }))
                .assertFailedWith(IllegalStateException.class, "thrown");
        assertThat(isHeld()).isFalse();
        subscribe(locks.<Integer>withLock(REQUEST, lease -> null))
                .assertFailedWith(NullPointerException.class, "the work is null");
        assertThat(isHeld()).isFalse();
        locks.<Integer>withLockMany(REQUEST, lease -> null)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1))
                .assertFailedWith(NullPointerException.class, "the work is null");
        assertThat(isHeld()).isFalse();
    }

    @Test
    @DisplayName("B7: a loss cancels the work of a Uni and of a Multi, and is a failure")
    void cancelsLostWork() {
        AtomicInteger cancels = new AtomicInteger();
        UniAssertSubscriber<Object> one = subscribe(locks.withLock(
                REQUEST, lease -> Uni.createFrom().nothing().onCancellation().invoke(cancels::incrementAndGet)));
        time.advanceTimeBy(Duration.ofMinutes(6));
        one.assertFailedWith(LeaseLostException.class);
        assertThat(cancels).hasValue(1);

        AssertSubscriber<Object> many = locks.withLockMany(
                        REQUEST,
                        lease -> Multi.createFrom().nothing().onCancellation().invoke(cancels::incrementAndGet))
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1));
        time.advanceTimeBy(Duration.ofMinutes(6));
        many.assertFailedWith(LeaseLostException.class);
        assertThat(cancels).hasValue(2);
        assertThat(isHeld()).isFalse();
    }

    @Test
    @DisplayName("Demand passes through a Multi; its end and a cancel release")
    void passesDemandThrough() {
        List<Long> demand = new ArrayList<>();
        Multi<Integer> numbers = locks.withLockMany(
                REQUEST,
                lease -> Multi.createFrom().range(0, 5).onRequest().invoke(requested -> demand.add(requested)));

        AssertSubscriber<Integer> all = numbers.subscribe().withSubscriber(AssertSubscriber.create(2));
        time.advanceTime();
        all.assertItems(0, 1).assertNotTerminated();
        assertThat(demand).containsExactly(2L);
        assertThat(isHeld()).isTrue();
        all.request(3);
        time.advanceTime();
        all.assertItems(0, 1, 2, 3, 4).assertCompleted();
        assertThat(demand).containsExactly(2L, 3L);
        assertThat(isHeld()).isFalse();

        AssertSubscriber<Integer> some = numbers.subscribe().withSubscriber(AssertSubscriber.create(1));
        time.advanceTime();
        some.assertItems(0).cancel();
        assertThat(isHeld()).isFalse();
    }

    @Test
    @DisplayName(
            "The Mutiny context of the work has the lease, by name too, and the subscriber's entries, and keeps its own")
    void carriesTheLeaseInTheContext() {
        Context outside = Context.of(USER, "ann");
        Uni<String> found = Uni.createFrom().context(context -> {
            context.put(ADDED, "inside");
            return Uni.createFrom()
                    .item(context.<String>get(USER) + " "
                            + MutinyLease.current(context).orElseThrow().name() + " "
                            + MutinyLease.current(context, "lock").orElseThrow().name());
        });
        Uni<String> nested = locks.withLock(REQUEST, outer -> locks.withLock(LockRequest.of("inner"), inner -> found));
        UniAssertSubscriber<String> uni = nested.subscribe().withSubscriber(new UniAssertSubscriber<>(outside, false));
        time.advanceTime();
        uni.assertCompleted().assertItem("ann inner lock");

        Multi<String> many = locks.withLockMany(
                        LockRequest.of("inner"), lease -> locks.withLockMany(REQUEST, inner -> found.toMulti()))
                .map(text -> text + "!");
        AssertSubscriber<String> multi = many.subscribe().withSubscriber(new AssertSubscriber<>(outside, 1, false));
        time.advanceTime();
        multi.assertItems("ann lock lock!");

        assertThat(MutinyLease.current(outside)).isEmpty();
        assertThat(MutinyLease.current(outside, "lock")).isEmpty();
        assertThat(outside.keys()).containsExactly(USER);
    }

    @Test
    @DisplayName("A Reactor chain in the work finds the lease when the entries are written to its context")
    void carriesTheLeaseIntoReactor() {
        Mono<Boolean> chain = Mono.deferContextual(context ->
                Mono.just(Lease.current(context, "lock").orElseThrow().isValid()));
        Uni<Boolean> valid = locks.withLock(
                REQUEST,
                lease -> Uni.createFrom().context(context -> {
                    Map<Object, Object> entries =
                            context.keys().stream().collect(Collectors.toMap(key -> key, context::get));
                    return Uni.createFrom()
                            .completionStage(() -> chain.contextWrite(reactor.util.context.Context.of(entries))
                                    .toFuture());
                }));
        assertThat(get(valid)).isTrue();
    }

    @Test
    @DisplayName("Context propagation decorates the function of the work, as those of Mutiny's own operators")
    void decoratesTheWork() {
        subscribe(locks.withLock(REQUEST, lease -> Uni.createFrom().item(Decorator.isInside())))
                .assertItem(true);
        assertThat(Decorator.isInside()).isFalse();
    }

    @Test
    @DisplayName("C7: a close fails who waits and who comes, releases what is held, and can be repeated")
    void closes() {
        MutinyLease held = get(locks.acquire(REQUEST));
        UniAssertSubscriber<MutinyLease> waiting = subscribe(locks.acquire(REQUEST));
        assertThat(get(locks.close())).isNull();
        waiting.assertFailedWith(LockClientDisposedException.class);
        assertThat(get(held.lost()).reason()).isEqualTo(LeaseLoss.Reason.DISPOSED);
        assertThat(isHeld()).isFalse();
        assertThat(server.listeners()).isZero();
        subscribe(locks.tryAcquire(REQUEST)).assertFailedWith(LockClientDisposedException.class);
        subscribe(locks.withLock(REQUEST, lease -> Uni.createFrom().item(1)))
                .assertFailedWith(LockClientDisposedException.class);
        locks.withLockMany(REQUEST, lease -> Multi.createFrom().items(1))
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1))
                .assertFailedWith(LockClientDisposedException.class);
        get(locks.close());
    }

    @Test
    @DisplayName("Null arguments throw at call time")
    @SuppressWarnings("NullAway")
    void refusesNull() {
        assertThatThrownBy(() -> MutinyLockClient.create((LockClient) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> MutinyLockClient.create((LockBackend) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> locks.tryAcquire(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> locks.acquire(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> locks.withLock(REQUEST, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> locks.withLock(null, lease -> Uni.createFrom().item(1)))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> locks.withLockMany(REQUEST, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() ->
                        locks.withLockMany(null, lease -> Multi.createFrom().items(1)))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    @DisplayName("C4: a cancel cancels the work, and then releases")
    void cancelsTheWorkFirst() {
        List<String> order = new ArrayList<>();
        Cancellable running = locks.withLock(
                        REQUEST,
                        lease -> Uni.createFrom()
                                .nothing()
                                .onCancellation()
                                .invoke(() -> order.add("cancelled while valid: " + lease.isValid())))
                .subscribe()
                .with(item -> order.add("item"));
        time.advanceTime();
        running.cancel();
        assertThat(order).containsExactly("cancelled while valid: true");
        assertThat(isHeld()).isFalse();
    }
}
