package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
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
    @DisplayName("F7: the number of waiters is bounded, and one too many is told so at once")
    default void boundsTheNumberOfWaiters() {
        try (Scene scene = new Scene(this, options -> options.maxWaiters(1))) {
            Lease held = scene.acquired();
            Scene.Waiter waiter = new Scene.Waiter(scene.client.acquire(scene.request()));
            assertThatThrownBy(() -> scene.await(scene.client.acquire(scene.request())))
                    .isInstanceOfSatisfying(
                            LockBackendException.class,
                            e -> assertThat(e.isOutcomeUnknown()).isFalse());
            scene.await(held.release());
            assertThat(scene.await(scene.await(waiter.lease).release())).isTrue();
            scene.awaitFree();
        }
    }
}
