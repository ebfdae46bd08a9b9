package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a client has to do beyond the {@link LockClientContract} where its asynchronous type knows cancellation. */
public interface LockCancellationContract extends LockClientContract {
    @Test
    @DisplayName("A3: a cancel while the request is on its way leaves no lock")
    default void leavesNoLockBehindACancelledRequest() {
        for (LockFault late : new LockFault[] {
            LockFault.delayRequest(Duration.ofMillis(50)),
            LockFault.delayReply(Duration.ofMillis(50)),
            LockFault.breakOff()
        }) {
            try (Scene scene = new Scene(this)) {
                scene.network.next(scene.acquireOperation(), late, LockFault.delayReply(Duration.ofMillis(50)));
                scene.waiter().cancel();
                scene.awaitFree();
            }
        }
    }

    @Test
    @DisplayName("A3, F5: a waiter that cancels leaves the queue")
    default void leavesTheQueueWithACancel() {
        try (Scene scene = new Scene(this)) {
            Lease held = scene.acquired();
            Scene.Waiter cancelled = scene.waiter();
            Scene.Waiter next = scene.waiter();
            cancelled.cancel();
            scene.await(held.release());
            scene.await(scene.await(next.lease).release());
            scene.awaitFree();
        }
    }

    @Test
    @DisplayName("G2: a lease that arrives as an operator gives up is given back")
    default void givesBackWhatATimeoutDropped() {
        try (Scene scene = new Scene(this)) {
            scene.network.next(scene.acquireOperation(), LockFault.delayReply(Duration.ofMillis(100)));
            Mono<Boolean> released = scene.client
                    .acquire(scene.request())
                    .timeout(Duration.ofMillis(50), Mono.empty(), time().scheduler())
                    .flatMap(Lease::release);
            scene.awaitEnd(released);
            scene.awaitFree();
        }
    }

    @Test
    @DisplayName("C4: a cancel cancels the work, and then releases")
    default void cancelsTheWorkAndReleases() {
        try (Scene scene = new Scene(this)) {
            AtomicBoolean heldWhenCancelled = new AtomicBoolean();
            Sinks.Empty<Void> started = Sinks.empty();
            Sinks.Empty<Void> cancelled = Sinks.empty();
            Disposable work = scene.client
                    .withLock(
                            scene.request(),
                            lease -> Mono.create(running -> {
                                running.onCancel(() -> {
                                    heldWhenCancelled.set(lease.isValid());
                                    cancelled.tryEmitEmpty();
                                });
                                // by now the client can cancel it
                                started.tryEmitEmpty();
                            }))
                    .subscribe();
            scene.awaitEnd(started.asMono());
            work.dispose();
            scene.awaitEnd(cancelled.asMono());
            scene.awaitFree();
            assertThat(heldWhenCancelled).isTrue();
        }
    }

    @Test
    @DisplayName("B7: a loss cancels the work before another holder starts")
    default void cancelsTheWorkWhenTheLeaseIsLost() {
        try (Scene scene = new Scene(this)) {
            // the margin is also the time that a slow machine has for the cancel
            LockRequest request = scene.request()
                    .leaseTime(leaseTime().multipliedBy(4))
                    .renewalInterval(leaseTime().dividedBy(2))
                    .driftMargin(leaseTime().multipliedBy(3));
            scene.network.always(LockOperation.RENEW, LockFault.loseReply());
            AtomicBoolean working = new AtomicBoolean();
            Sinks.One<Throwable> end = Sinks.one();
            Sinks.Empty<Void> started = Sinks.empty();
            scene.client
                    .withLock(
                            request,
                            lease -> Mono.never()
                                    .doOnSubscribe(subscribed -> {
                                        working.set(true);
                                        started.tryEmitEmpty();
                                    })
                                    .doOnCancel(() -> working.set(false)))
                    .subscribe(value -> {}, end::tryEmitValue);
            scene.awaitEnd(started.asMono());
            scene.takeWhenFree(scene.request().leaseTime());
            assertThat(working).isFalse();
            assertThat(scene.await(end.asMono())).isInstanceOf(LeaseLostException.class);
        }
    }
}
