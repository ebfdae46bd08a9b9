package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How a client waits. */
interface WaitContract extends LockSubjectSource {
    @Test
    @DisplayName("F2: a waiter gets a lock whose holder died")
    default void getsALockWhoseHolderDied() {
        try (Scene scene = new Scene(this)) {
            scene.takeWhenFree(leaseTime());
            assertThat(scene.acquired().isValid()).isTrue();
        }
    }

    @Test
    @DisplayName("F1: a lost notification costs time, and nothing else")
    default void needsNoNotification() {
        try (Scene scene = new Scene(this)) {
            FaultyWaitQueue queue = queue(scene, "F1");
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
            FaultyWaitQueue queue = queue(scene, "F6");
            Lease held = scene.acquired();
            Scene.Waiter waiter = scene.waiter();
            queue.breakSignals();
            scene.await(held.release());
            Lease second = scene.await(waiter.lease);

            List<Scene.Waiter> later = Stream.generate(scene::waiter).limit(3).toList();
            scene.await(second.release());
            for (Scene.Waiter next : later) {
                scene.await(scene.await(next.lease).release());
            }
        }
    }

    @Test
    @DisplayName("F7: the number of waiters is bounded, and one too many is told so at once")
    default void boundsTheNumberOfWaiters() {
        try (Scene scene = new Scene(this, options -> options.maxWaiters(1))) {
            Lease held = scene.acquired();
            Scene.Waiter waiter = scene.waiter();
            assertThatThrownBy(() -> scene.await(scene.waiter().lease))
                    .isInstanceOfSatisfying(
                            LockBackendException.class,
                            e -> assertThat(e.isOutcomeUnknown()).isFalse());
            scene.await(held.release());
            assertThat(scene.await(scene.await(waiter.lease).release())).isTrue();
            scene.awaitFree();
        }
    }

    private static FaultyWaitQueue queue(Scene scene, String rule) {
        Assumptions.assumeTrue(
                scene.network instanceof FaultyWaitQueue, rule + " skipped: this backend keeps no queue");
        return (FaultyWaitQueue) scene.network;
    }
}
