package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.BlockingCanary;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Tag("long")
class BlockHoundTest implements BlockingCanary {
    @Test
    @DisplayName("G1: nothing of a client blocks, from its first acquire to its end")
    void doesNotBlock() {
        InMemoryLockBackend server = InMemoryLockBackend.create();
        FaultyLockBackend network = FaultyLockBackend.around(server, Schedulers.parallel());
        Stream.of(LockOperation.values())
                .forEach(operation -> network.always(operation, LockFault.delayReply(Duration.ofMillis(1))));
        LockRequest request =
                LockRequest.of("lock").leaseTime(Duration.ofSeconds(20)).renewalInterval(Duration.ofMillis(30));
        LockClient client = LockClient.create(
                network, LockClientOptions.defaults().backOff(Duration.ofMillis(1), Duration.ofMillis(50)));
        Mono<Long> life = Mono.defer(() -> {
            Mono<Long> contended = Flux.range(0, 50)
                    .flatMap(i -> client.withLock(request, lease -> Mono.delay(Duration.ofMillis(1))), 50)
                    .count();
            Mono<?> renewed = client.acquire(request)
                    .delayUntil(lease -> network.whenCalled(LockOperation.RENEW, 2))
                    .flatMap(Lease::release);
            Mono<?> lost = client.acquire(request.withoutRenewal().leaseTime(Duration.ofMillis(50)))
                    .flatMap(Lease::lost);
            Mono<?> timedOut = client.acquire(request)
                    .flatMap(held -> client.acquire(request.waitTime(Duration.ofMillis(20)))
                            .onErrorComplete()
                            .then(held.release()));
            Mono<?> cancelled = client.acquire(request)
                    .timeout(Duration.ofMillis(1), Mono.empty())
                    .flatMap(Lease::release);
            return contended
                    .delayUntil(done -> renewed)
                    .delayUntil(done -> lost)
                    .delayUntil(done -> timedOut)
                    .delayUntil(done -> cancelled)
                    .delayUntil(done -> client.close().thenReturn(1));
        });
        assertThat(life.subscribeOn(Schedulers.parallel()).block(Duration.ofSeconds(30)))
                .isEqualTo(50);
    }
}
