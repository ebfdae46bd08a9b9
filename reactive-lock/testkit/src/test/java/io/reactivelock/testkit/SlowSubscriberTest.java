package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class SlowSubscriberTest {
    /** Renewed often, and yet no pause of a busy machine ends it. */
    private static final LockRequest RENEWED =
            LockRequest.of("renewed").leaseTime(Duration.ofSeconds(20)).renewalInterval(Duration.ofMillis(30));

    @Test
    @DisplayName("G6, B8: user code that blocks when it hears of a loss delays no renewal of another lease")
    void delaysNoRenewal() throws InterruptedException {
        InMemoryLockBackend server = InMemoryLockBackend.create();
        LockClient client = LockClient.create(server);
        CountDownLatch blocked = new CountDownLatch(4);
        CountDownLatch release = new CountDownLatch(1);
        for (int i = 0; i < 4; i++) {
            String name = "lost-" + i;
            Lease lost = acquired(client, LockRequest.of(name));
            lost.lost().subscribe(loss -> {
                blocked.countDown();
                waitFor(release);
            });
            // not by its lease time: on a busy machine that would be over before somebody listens, who then is told on
            // this thread
            server.endLease(name);
        }
        Lease renewed = acquired(client, RENEWED);
        blocked.await();

        server.whenCalled(LockOperation.RENEW, server.calls(LockOperation.RENEW) + 6)
                .block(Duration.ofSeconds(30));
        assertThat(renewed.isValid()).isTrue();

        release.countDown();
        client.close().block(Duration.ofSeconds(30));
    }

    @Test
    @DisplayName("G6: user code that blocks as its acquire times out delays no renewal of another lease")
    void delaysNoRenewalWhereAnAcquireTimesOut() throws InterruptedException {
        InMemoryLockBackend server = InMemoryLockBackend.create();
        LockClient client = LockClient.create(server);
        Lease renewed = acquired(client, RENEWED);
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        client.acquire(RENEWED.waitTime(Duration.ofMillis(20))).subscribe(lease -> {}, e -> {
            blocked.countDown();
            waitFor(release);
        });
        blocked.await();

        server.whenCalled(LockOperation.RENEW, server.calls(LockOperation.RENEW) + 6)
                .block(Duration.ofSeconds(30));
        assertThat(renewed.isValid()).isTrue();

        release.countDown();
        client.close().block(Duration.ofSeconds(30));
    }

    private static Lease acquired(LockClient client, LockRequest request) {
        Mono<Lease> acquire = client.acquire(request);
        return Objects.requireNonNull(acquire.block());
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
