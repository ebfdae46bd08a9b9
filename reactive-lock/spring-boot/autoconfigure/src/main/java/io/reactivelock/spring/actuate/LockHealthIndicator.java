package io.reactivelock.spring.actuate;

import io.reactivelock.LockClient;
import io.reactivelock.spi.LockBackend;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.health.contributor.AbstractReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import reactor.core.publisher.Mono;

/** Asks the backend for a sign of life. Takes no lock: one that is held says nothing about health. */
final class LockHealthIndicator extends AbstractReactiveHealthIndicator {
    /** What asks for the health waits, too. */
    private static final Duration LIMIT = Duration.ofSeconds(1);

    private final LockClient locks;
    private final @Nullable LockBackend backend;
    private final LockActivity activity;

    LockHealthIndicator(LockClient locks, @Nullable LockBackend backend, LockActivity activity) {
        super("The backend of the locks cannot be reached");
        this.locks = locks;
        this.backend = backend;
        this.activity = activity;
    }

    @Override
    protected Mono<Health> doHealthCheck(Health.Builder builder) {
        return locks.ping(LIMIT)
                .then(Mono.fromSupplier(() -> builder.up()))
                .onErrorResume(e -> Mono.fromSupplier(() -> builder.down(e)))
                .map(answered -> detailed(answered).build());
    }

    private Health.Builder detailed(Health.Builder answered) {
        if (backend != null) {
            answered.withDetail("backend", AopUtils.getTargetClass(backend).getSimpleName())
                    .withDetail("consistency", backend.consistency());
        }
        return answered.withDetail("heldLeases", activity.heldCount()).withDetail("waiters", activity.waitingCount());
    }
}
