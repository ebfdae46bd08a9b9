package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** What a client has to do, beyond the {@link LockClientContract}, on a backend that is a {@code WaitQueue}. */
public interface LockQueueContract extends LockClientContract {
    @Test
    @DisplayName("F1: a lost notification costs time, and nothing else")
    default void needsNoNotification() {
        try (Scene scene = new Scene(this)) {
            FaultyLockBackend queue = scene.network;
            Lease held = scene.acquired();
            Scene.Waiter waiter = scene.waiter();
            queue.loseSignals();
            scene.await(held.release());
            assertThat(scene.await(waiter.lease).isValid()).isTrue();
        }
    }

    @Test
    @DisplayName("F6: notifications are subscribed to again after a break, and what was missed meanwhile is found")
    default void listensAgainAfterABreak() {
        try (Scene scene = new Scene(this)) {
            FaultyLockBackend queue = scene.network;
            Lease held = scene.acquired();
            Scene.Waiter waiter = scene.waiter();
            queue.breakSignals();
            scene.await(held.release());
            Lease second = scene.await(waiter.lease);

            List<Scene.Waiter> later = Stream.generate(scene::waiter).limit(3).toList();
            scene.await(second.release());
            // in any order, for one that was silent for long has lost its place
            scene.awaitEnd(Flux.fromIterable(later)
                    .flatMap(next -> next.lease.flatMap(Lease::release))
                    .then());
        }
    }
}
