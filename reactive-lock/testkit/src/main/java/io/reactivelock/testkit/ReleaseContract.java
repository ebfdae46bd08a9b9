package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** How a client releases, and ends. */
interface ReleaseContract extends LockSubjectSource {
    @Test
    @DisplayName("C2: a release frees the lock and says so; the lease ends without a loss")
    default void releases() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.acquired();
            assertThat(scene.await(lease.release())).isTrue();
            assertThat(lease.isValid()).isFalse();
            assertThat(lease.remaining()).isZero();
            assertThat(scene.await(lease.lost().hasElement())).isFalse();
            assertThat(scene.isFree()).isTrue();
        }
    }

    @Test
    @DisplayName("C1: a release leaves the successor alone, and says that the lease had been lost")
    default void saysThatTheLeaseHadBeenLost() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.await(scene.client.acquire(scene.shortRequest().withoutRenewal()));
            scene.takeWhenFree(scene.request().leaseTime());
            assertThat(scene.await(lease.release())).isFalse();
            assertThat(scene.isFree()).isFalse();
        }
    }

    @Test
    @DisplayName("C3: a release whose reply is lost is sent again, and says what the first would have said")
    default void releasesAgainAfterALostReply() {
        try (Scene scene = new Scene(this)) {
            scene.network.next(LockOperation.RELEASE, LockFault.breakOff());
            scene.network.next(LockOperation.RELEASE, LockFault.refuse(Kind.TRANSIENT));
            scene.network.next(LockOperation.RELEASE, LockFault.duplicate());
            assertThat(scene.await(scene.acquired().release())).isTrue();
            assertThat(scene.isFree()).isTrue();
        }
    }

    @Test
    @DisplayName(
            "C10: a lease that was to be held for a time leaves the lock taken until then, however it ends, and no longer")
    default void holdsAtLeast() {
        try (Scene scene = new Scene(this)) {
            LockRequest job = scene.request().holdAtLeast(leaseTime());
            Duration held = scene.elapsed(() -> {
                Lease lease = scene.await(scene.client.acquire(job));
                assertThat(scene.await(lease.release())).isTrue();
                assertThat(lease.isValid()).isFalse();
                scene.takeWhenFree(leaseTime());
            });
            assertThat(held).isGreaterThan(heldByTheServer());

            scene.takeWhenFree(leaseTime());
            Duration closed = scene.elapsed(() -> {
                scene.await(scene.client.acquire(job));
                scene.awaitEnd(scene.client.close());
                scene.takeWhenFree(leaseTime());
            });
            assertThat(closed).isGreaterThan(heldByTheServer());
        }
    }

    /** Less the drift margin of a client: servers may count in milliseconds, or in seconds. */
    private Duration heldByTheServer() {
        return leaseTime().minus(leaseTime().dividedBy(50)).minusMillis(5);
    }

    @Test
    @DisplayName("C6: many releases of a lease are one, with one result for all")
    default void releasesOnce() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.acquired();
            List<Boolean> results = scene.await(
                    Flux.range(0, 16).flatMap(i -> lease.release(), 16).collectList());
            assertThat(results).hasSize(16).containsOnly(true);
            assertThat(scene.await(lease.release())).isTrue();
            assertThat(scene.network.calls(LockOperation.RELEASE)).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("G4: a lease belongs to whoever has it, on any thread")
    default void isReleasedOnAnyThread() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.acquired();
            Thread here = Thread.currentThread();
            Mono<Boolean> elsewhere = Mono.fromCallable(Thread::currentThread)
                    .doOnNext(thread -> assertThat(thread).isNotSameAs(here))
                    .subscribeOn(Schedulers.boundedElastic())
                    .then(lease.release());
            assertThat(elsewhere.block()).isTrue();
            assertThat(scene.isFree()).isTrue();
        }
    }

    @Test
    @DisplayName("C4: the lock is released when the work ends with a value, without one, or in an error")
    default void releasesHoweverTheWorkEnds() {
        try (Scene scene = new Scene(this)) {
            Boolean value = scene.await(scene.client.withLock(scene.request(), lease -> Mono.just(lease.isValid())));
            assertThat(value).isTrue();
            assertThat(scene.isFree()).isTrue();

            assertThat(scene.await(scene.client
                            .withLock(scene.request(), lease -> Mono.<Integer>empty())
                            .hasElement()))
                    .isFalse();
            assertThat(scene.isFree()).isTrue();

            RuntimeException failure = new IllegalStateException("the work failed");
            Stream.of(Mono.<Integer>error(failure), Mono.<Integer>defer(() -> {
                        throw failure;
                    }))
                    .forEach(work -> {
                        assertThatThrownBy(() -> scene.await(scene.client.withLock(scene.request(), lease -> work)))
                                .isSameAs(failure);
                        assertThat(scene.isFree()).isTrue();
                    });
            assertThatThrownBy(() -> scene.await(scene.client.<Integer>withLock(scene.request(), lease -> {
                        throw failure;
                    })))
                    .isSameAs(failure);
            assertThat(scene.isFree()).isTrue();
        }
    }

    @Test
    @DisplayName("C4: work that ended while the lease was valid yields its value, whatever becomes of the release")
    default void yieldsTheValueThoughTheReleaseFails() {
        try (Scene scene = new Scene(this)) {
            scene.network.always(LockOperation.RELEASE, LockFault.refuse(Kind.PERMANENT));
            String value = scene.await(scene.client.withLock(scene.shortRequest(), lease -> Mono.just("done")));
            assertThat(value).isEqualTo("done");
        }
    }

    @Test
    @DisplayName("Work under one lock is done by one at a time, with rising tokens")
    default void excludes() {
        try (Scene scene = new Scene(this)) {
            int[] counter = new int[1];
            List<Long> tokens = new ArrayList<>();
            Mono<Boolean> increment = scene.client.withLock(scene.request(), lease -> {
                int before = counter[0];
                tokens.add(lease.token().value());
                return Mono.delay(Duration.ofMillis(1), time().scheduler()).map(late -> {
                    counter[0] = before + 1;
                    return true;
                });
            });
            scene.awaitEnd(Flux.range(0, 40).flatMap(i -> increment, 40).then());
            assertThat(counter[0]).isEqualTo(40);
            assertThat(tokens).hasSize(40).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    @DisplayName("C7: the end of a client releases all that it holds, ends all that wait, and refuses the rest")
    default void endsInOrder() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.acquired();
            Scene.Waiter waiter = new Scene.Waiter(scene.client.acquire(scene.request()));
            scene.awaitEnd(scene.client.close());
            assertThat(scene.isFree()).isTrue();
            assertThat(lease.isValid()).isFalse();
            assertThat(scene.await(lease.lost()).reason()).isEqualTo(LeaseLoss.Reason.DISPOSED);
            Stream.of(
                            waiter.lease,
                            scene.client.acquire(scene.request()),
                            scene.client.tryAcquire(scene.request()),
                            scene.client.withLock(scene.request(), late -> Mono.just(1)))
                    .forEach(refused -> assertThatThrownBy(() -> scene.await(refused))
                            .isInstanceOf(LockClientDisposedException.class));
            scene.awaitEnd(scene.client.close());
        }
    }
}
