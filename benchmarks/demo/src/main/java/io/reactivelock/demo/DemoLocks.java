package io.reactivelock.demo;

import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.LockBackend;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** The lock client of one worker in one mode, with its lock names, times and measurements. */
final class DemoLocks {
    /** Longer than the longest pause. It ends a demo whose Redis is gone. */
    private static final Duration MIN_WAIT_TIME = Duration.ofSeconds(30);

    private final LockClient client;
    private final Counters counters;
    private final String prefix;
    private final Duration lease;

    private DemoLocks(LockClient client, Counters counters, String prefix, Duration lease) {
        this.client = client;
        this.counters = counters;
        this.prefix = prefix;
        this.lease = lease;
    }

    static DemoLocks create(LockBackend backend, Counters counters, String prefix, Duration lease) {
        LockClientOptions options = LockClientOptions.defaults()
                .backOff(Duration.ofMillis(5), lease.dividedBy(5))
                .observer(counters);
        return new DemoLocks(LockClient.create(backend, options), counters, prefix, lease);
    }

    LockClient client() {
        return client;
    }

    BuyerWait waitFor(int item) {
        return new BuyerWait(
                System.nanoTime(),
                counters,
                LockRequest.of(prefix + item).leaseTime(lease).waitTime(waitTime()));
    }

    private Duration waitTime() {
        Duration longestPause = lease.multipliedBy(20);
        return longestPause.compareTo(MIN_WAIT_TIME) > 0 ? longestPause : MIN_WAIT_TIME;
    }

    Mono<Void> close() {
        return client.close();
    }

    /** One buyer's wait for an item, which lasts until the sale may begin. */
    record BuyerWait(long sinceNanos, Counters counters, LockRequest request) {
        void granted() {
            counters.acquired(System.nanoTime() - sinceNanos);
        }
    }
}
