package io.reactivelock.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.chaos.fault.ChaosTopology;
import io.reactivelock.chaos.fault.RedisAddress;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

@DisplayName("The search for orphans")
class OrphansTest {
    @Test
    @DisplayName("A3: finds a lock that is held, and not one that was released")
    void heldLocks() {
        String uri = RedisServer.shared().uri();
        RedisAddress redis = new RedisAddress(ChaosTopology.STANDALONE, uri, Map.of());
        LockClient locks = LockClient.create(RedisLockBackend.create(uri));
        Lease lease =
                Objects.requireNonNull(locks.acquire(LockRequest.of("orphan")).block(Duration.ofSeconds(30)));

        StepVerifier.create(Orphans.held(redis))
                .assertNext(keys -> assertThat(keys).contains("reactive-lock:{orphan}:lock"))
                .verifyComplete();
        StepVerifier.create(lease.release()).expectNext(true).verifyComplete();
        StepVerifier.create(Orphans.held(redis))
                .assertNext(keys -> assertThat(keys).doesNotContain("reactive-lock:{orphan}:lock"))
                .verifyComplete();

        StepVerifier.create(locks.close()).verifyComplete();
    }
}
