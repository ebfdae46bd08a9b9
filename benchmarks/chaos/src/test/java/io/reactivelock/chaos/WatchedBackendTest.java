package io.reactivelock.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.Renewal;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

@DisplayName("The watch over renewals")
class WatchedBackendTest {
    private static final Duration LEASE_TIME = Duration.ofSeconds(30);
    private static final Holder HOLDER = new Holder(1, 2);

    private final AtomicInteger found = new AtomicInteger();
    private final WatchedBackend backend = new WatchedBackend(InMemoryLockBackend.create(), found::incrementAndGet);

    @Test
    @DisplayName("B5: finds one that is sent for a holder whose release was answered, and no other")
    void renewalAfterRelease() {
        StepVerifier.create(backend.tryAcquire(new AcquireCommand("a", HOLDER, LEASE_TIME, 0, 1)))
                .expectNextCount(1)
                .verifyComplete();
        renew();
        assertThat(found).hasValue(0);

        StepVerifier.create(backend.release("a", HOLDER)).expectNext(true).verifyComplete();
        assertThat(found).hasValue(0);

        renew();
        assertThat(found).hasValue(1);
    }

    private void renew() {
        StepVerifier.create(backend.renew(List.of(new Renewal("a", HOLDER, LEASE_TIME))))
                .expectNextCount(1)
                .verifyComplete();
    }
}
