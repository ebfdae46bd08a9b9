package io.reactivelock.redis;

import io.reactivelock.Lease;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Sees the renewals of leases. */
final class Renewals {
    /** For servers that are replaced meanwhile. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private Renewals() {}

    /** Waits for a renewal that is answered from now on. */
    static void await(Lease lease) {
        AtomicReference<Duration> last = new AtomicReference<>(lease.remaining());
        Mono.fromSupplier(() -> {
                    Duration now = lease.remaining();
                    return now.compareTo(last.getAndSet(now)) > 0;
                })
                .filter(renewed -> renewed)
                .repeatWhenEmpty(polls -> polls.delayElements(Duration.ofMillis(5), Schedulers.boundedElastic()))
                .timeout(PATIENCE, Mono.error(() -> new AssertionError("no renewal within " + PATIENCE)))
                .block();
    }
}
