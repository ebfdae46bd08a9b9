package io.reactivelock.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import reactor.core.publisher.Mono;

@SpringBootTest(
        properties = {
            "spring.data.redis.url=redis://127.0.0.1:1",
            "spring.r2dbc.url=r2dbc:postgresql://nobody@127.0.0.1:1/nowhere",
            "reactive-lock.warm-up=required"
        })
@AutoConfigureReactiveLock
@DisplayName("A test of the whole application")
class WholeApplicationTest {
    @Autowired
    private LockClient locks;

    @Autowired
    private List<LockBackend> backends;

    @Test
    @DisplayName("has locks in memory in the place of its Redis")
    void hasLocksInMemory() {
        assertThat(backends).singleElement().isInstanceOf(InMemoryLockBackend.class);
        assertThat(locks.withLock(LockRequest.of("item:1"), lease -> Mono.just(lease.name()))
                        .block(Duration.ofSeconds(30)))
                .isEqualTo("item:1");
    }
}
