package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Clients with waiters of their own, which hand the lock on among themselves, on a network with a delay. */
class FairnessTest {
    private static final LockRequest REQUEST = LockRequest.of("hot").waitTime(Duration.ofMinutes(1));
    private static final Duration DELAY = Duration.ofMillis(1);
    private static final Duration HOLD = Duration.ofMillis(1);

    @ParameterizedTest(name = "{0} clients with {1} waiters each")
    @CsvSource({"2, 1", "2, 50", "4, 10", "16, 1", "16, 20"})
    @DisplayName("F11: no client starves another")
    void shareTheLock(int clients, int waiters) {
        int[] grants = grants(clients, waiters, waiters);
        assertThat((double) min(grants) / max(grants)).isGreaterThan(0.8);
    }

    @ParameterizedTest(name = "one waiter beside {0}")
    @CsvSource({"10", "100"})
    @DisplayName("F11: one that waits alone gets its turn beside a client with many")
    void serveTheLonelyOne(int waiters) {
        int[] grants = grants(2, 1, waiters);
        // its turns come after a tenth of the bound: 10 leases or 5 ms
        assertThat(grants[0]).isGreaterThan(max(grants) / 10);
    }

    /** Two seconds of it. */
    private static int[] grants(int clients, int waitersOfTheFirst, int waitersOfTheOthers) {
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        InMemoryLockBackend server = InMemoryLockBackend.create(time);
        int[] grants = new int[clients];
        for (int i = 0; i < clients; i++) {
            int index = i;
            FaultyLockBackend network = FaultyLockBackend.around(server, time);
            Stream.of(LockOperation.values())
                    .forEach(operation -> network.always(operation, LockFault.delayReply(DELAY)));
            network.delaySignals(DELAY);
            LockClient client =
                    LockClient.create(network, LockClientOptions.defaults().scheduler(time));
            Mono<Integer> cycle =
                    client.withLock(REQUEST, lease -> Mono.delay(HOLD, time).map(held -> ++grants[index]));
            Flux.range(0, i == 0 ? waitersOfTheFirst : waitersOfTheOthers)
                    .flatMap(waiter -> cycle.repeat(), 1_000)
                    .subscribe();
        }
        time.advanceTimeBy(Duration.ofSeconds(2));
        time.dispose();
        assertThat(Arrays.stream(grants).sum()).isGreaterThan(300);
        return grants;
    }

    private static int min(int[] grants) {
        return Arrays.stream(grants).min().orElseThrow();
    }

    private static int max(int[] grants) {
        return Arrays.stream(grants).max().orElseThrow();
    }
}
