package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockBackendException.Kind;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** How a client holds, renews and loses. */
interface HoldContract extends LockSubjectSource {
    @Test
    @DisplayName("D8: a lease renews itself, and keeps its token")
    default void renewsItself() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.await(scene.client.acquire(scene.renewingRequest()));
            FencingToken token = lease.token();
            long validUntil = validUntil(lease);
            scene.awaitEnd(scene.network.whenCalled(LockOperation.RENEW, 6));
            assertThat(lease.isValid()).isTrue();
            assertThat(validUntil(lease)).isGreaterThan(validUntil);
            assertThat(lease.token()).isEqualTo(token);
            assertThat(scene.await(lease.release())).isTrue();
        }
    }

    @Test
    @DisplayName("B1: a lease that is not renewed is invalid before the server gives the lock to another")
    default void isInvalidBeforeTheServerFreesTheLock() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.await(scene.client.acquire(scene.shortRequest().withoutRenewal()));
            scene.takeWhenFree(scene.request().leaseTime());
            assertThat(lease.isValid()).isFalse();
            assertThat(lease.remaining()).isZero();
            LeaseLoss loss = scene.await(lease.lost());
            assertThat(loss.reason()).isEqualTo(LeaseLoss.Reason.EXPIRED);
            assertThat(loss.token()).isEqualTo(lease.token());
            assertThat(scene.network.calls(LockOperation.RENEW)).isZero();
        }
    }

    @Test
    @DisplayName("B5: nothing is renewed after a release, or after a loss")
    default void renewsNothingAfterTheEnd() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.await(scene.client.acquire(scene.renewingRequest()));
            scene.awaitEnd(scene.network.whenCalled(LockOperation.RENEW, 1));
            scene.await(lease.release());
            long renewals = scene.network.calls(LockOperation.RENEW);
            // two lease times pass
            scene.takeWhenFree(leaseTime());
            scene.takeWhenFree(leaseTime());
            scene.awaitFree();
            assertThat(scene.network.calls(LockOperation.RENEW)).isEqualTo(renewals);
        }
    }

    @Test
    @DisplayName("B6: a failed renewal is no loss while there is time; without any answer the loss is certain")
    default void losesOnlyWhenTimeIsOver() {
        try (Scene scene = new Scene(this)) {
            scene.network.next(LockOperation.RENEW, LockFault.refuse(Kind.TRANSIENT));
            scene.network.next(LockOperation.RENEW, LockFault.breakOff());
            Lease lease = scene.await(scene.client.acquire(scene.renewingRequest()));
            scene.awaitEnd(scene.network.whenCalled(LockOperation.RENEW, 6));
            assertThat(lease.isValid()).isTrue();
        }
        try (Scene scene = new Scene(this)) {
            scene.network.always(LockOperation.RENEW, LockFault.refuse(Kind.TRANSIENT));
            Lease lease = scene.await(scene.client.acquire(scene.shortRequest()));
            LeaseLoss loss = scene.await(lease.lost());
            assertThat(loss.reason()).isEqualTo(LeaseLoss.Reason.EXPIRED);
            assertThat(loss.cause()).isNotNull();
            assertThat(lease.isValid()).isFalse();
            assertThat(scene.await(lease.release())).isFalse();
        }
    }

    @Test
    @DisplayName("B7: a lease that the server took away is lost at the next renewal, for every subscriber")
    default void noticesThatTheLockWasTaken() {
        try (Scene scene = new Scene(this)) {
            Lease lease = scene.await(scene.client.acquire(scene.renewingRequest()));
            scene.await(scene.observer.release(scene.name, lease.token().holder()));
            scene.takeWhenFree(scene.request().leaseTime());
            LeaseLoss loss = scene.await(lease.lost());
            assertThat(loss.reason()).isEqualTo(LeaseLoss.Reason.TAKEN);
            assertThat(lease.isValid()).isFalse();
            assertThat(scene.await(lease.lost())).isEqualTo(loss);
            assertThat(scene.await(lease.release())).isFalse();
            assertThat(scene.isFree()).isFalse();
        }
    }

    @Test
    @DisplayName("B15: a lock is held no longer than the request allows, and then given back")
    default void endsAtTheLongestHold() {
        try (Scene scene = new Scene(this)) {
            Duration maxHold = leaseTime().multipliedBy(2);
            Duration held = scene.elapsed(() -> {
                Lease lease =
                        scene.await(scene.client.acquire(scene.renewingRequest().maxHold(maxHold)));
                LeaseLoss loss = scene.await(lease.lost());
                assertThat(loss.reason()).isEqualTo(LeaseLoss.Reason.MAX_HOLD);
                assertThat(lease.isValid()).isFalse();
            });
            assertThat(held).isGreaterThanOrEqualTo(maxHold);
            scene.awaitFree();
        }
    }

    @Test
    @DisplayName("B7: the work under a lock that is lost ends in an error that says so")
    default void endsTheWorkWhenTheLeaseIsLost() {
        try (Scene scene = new Scene(this)) {
            scene.network.always(LockOperation.RENEW, LockFault.loseReply());
            assertThatThrownBy(() ->
                            scene.await(scene.client.withLock(scene.shortRequest(), lease -> Mono.<Integer>never())))
                    .isInstanceOfSatisfying(
                            LeaseLostException.class,
                            e -> assertThat(e.loss().reason()).isEqualTo(LeaseLoss.Reason.EXPIRED));
        }
    }

    private long validUntil(Lease lease) {
        return time().nanos() + lease.remaining().toNanos();
    }
}
