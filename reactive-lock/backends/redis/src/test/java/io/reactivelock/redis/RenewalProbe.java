package io.reactivelock.redis;

import io.reactivelock.Lease;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Watches the renewals of leases from outside. */
final class RenewalProbe {
    /** For servers that are replaced meanwhile. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private RenewalProbe() {}

    /** Waits for a renewal that is answered from now on. */
    static void await(Lease lease) {
        next(lease)
                .timeout(PATIENCE, Mono.error(() -> new AssertionError("no renewal within " + PATIENCE)))
                .block();
    }

    /** Completes with the next renewal that is answered. */
    static Mono<Void> next(Lease lease) {
        AtomicReference<Duration> last = new AtomicReference<>(lease.remaining());
        return until(() -> {
            Duration now = lease.remaining();
            return now.compareTo(last.getAndSet(now)) > 0;
        });
    }

    /** Asks again and again. */
    static Mono<Void> until(BooleanSupplier condition) {
        return Mono.fromSupplier(condition::getAsBoolean)
                .filter(met -> met)
                .repeatWhenEmpty(polls -> polls.delayElements(Duration.ofMillis(5), Schedulers.boundedElastic()))
                .then();
    }
}
