package io.reactivelock.testkit;

import static io.reactivelock.testkit.LockBackendContract.newHolder;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult.Granted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

class InMemoryLockBackendTest {
    private static final String NAME = "lock";
    private static final Duration LEASE = Duration.ofSeconds(10);

    private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
    private final InMemoryLockBackend server = InMemoryLockBackend.create(scheduler);
    private final Holder holder = newHolder();

    @Test
    @DisplayName("D5: the server's clock keeps tokens rising when all is lost")
    void keepsTokensRisingWhenAllIsLost() {
        long before = grant(holder);
        scheduler.advanceTimeBy(Duration.ofNanos(2_000));
        server.forget();
        assertThat(server.heldBy(NAME)).isEmpty();
        assertThat(grant(newHolder())).isGreaterThan(before);
    }

    @Test
    @DisplayName("D3: without any time in between, a token comes again when all is lost")
    void givesATokenAgainWhenAllIsLostAtOnce() {
        long before = grant(holder);
        server.forget();
        assertThat(grant(newHolder())).isEqualTo(before);
    }

    @Test
    void showsItsState() {
        assertThat(server.heldBy(NAME)).isEmpty();
        assertThat(server.remaining(NAME)).isZero();
        long token = grant(holder);
        Holder waiter = newHolder();
        server.enqueue(new AcquireCommand(NAME, waiter, LEASE, 0, 1), LEASE).block();
        assertThat(server.heldBy(NAME)).contains(holder);
        assertThat(server.remaining(NAME)).isEqualTo(LEASE);
        assertThat(server.lastToken(NAME)).isEqualTo(token);
        assertThat(server.waiters(NAME)).containsExactly(waiter);
        scheduler.advanceTimeBy(LEASE);
        assertThat(server.heldBy(NAME)).isEmpty();
    }

    @Test
    void endsALeaseEarly() {
        grant(holder);
        server.expire(NAME);
        assertThat(server.release(NAME, holder).block()).isFalse();
    }

    @Test
    void givesTheLockToAThief() {
        long token = grant(holder);
        assertThat(server.steal(NAME)).isGreaterThan(token);
        assertThat(server.release(NAME, holder).block()).isFalse();
        assertThat(server.heldBy(NAME)).isPresent();
    }

    @Test
    @DisplayName("An unsynchronised counter under the lock of many threads loses nothing, and the tokens rise")
    void excludes() {
        InMemoryLockBackend real = InMemoryLockBackend.create();
        int[] counter = new int[1];
        List<Long> tokens = new ArrayList<>();
        Flux.range(0, 2_000)
                .flatMap(
                        i -> Mono.defer(() -> {
                                    Holder own = newHolder();
                                    return real.tryAcquire(new AcquireCommand(NAME, own, LEASE, 0, 1))
                                            .ofType(Granted.class)
                                            .doOnNext(granted -> {
                                                counter[0]++;
                                                tokens.add(granted.token());
                                            })
                                            .flatMap(granted -> real.release(NAME, own));
                                })
                                .repeatWhenEmpty(Integer.MAX_VALUE, tries -> tries)
                                .subscribeOn(Schedulers.parallel()),
                        64)
                .blockLast(Duration.ofSeconds(30));
        assertThat(counter[0]).isEqualTo(2_000);
        assertThat(tokens).hasSize(2_000).isSorted().doesNotHaveDuplicates();
    }

    private long grant(Holder who) {
        Granted granted = server.tryAcquire(new AcquireCommand(NAME, who, LEASE, 0, 1))
                .ofType(Granted.class)
                .block();
        return Objects.requireNonNull(granted).token();
    }
}
