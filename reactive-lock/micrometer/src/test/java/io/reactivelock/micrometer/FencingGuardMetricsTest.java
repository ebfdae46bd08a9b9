package io.reactivelock.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.fencing.StaleTokenException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FencingGuardMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private double count(String name, String tag, String value) {
        return registry.get(name).tag(tag, value).counter().count();
    }

    @Test
    void countsByGroupOfResources() {
        FencingGuardObserver guard = FencingGuardMetrics.create(registry);
        guard.advanced("order:1", new FencingToken(7, new Holder(1, 2)), Duration.ofMillis(3));
        guard.refused(new StaleTokenException("order:2", 6, 7, null));
        guard.refused(new StaleTokenException("stock", 6, 7, null));
        guard.refused(new StaleTokenException(":", 6, 7, null));
        guard.retried(new StaleTokenException("order:2", 6, 7, null));

        assertThat(registry.get("fencing.guard.advance")
                        .tag("resource", "order")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(3);
        assertThat(count("fencing.guard.stale", "resource", "order")).isOne();
        assertThat(count("fencing.guard.stale", "resource", "other")).isEqualTo(2);
        assertThat(count("fencing.guard.retries", "resource", "order")).isOne();
    }

    @Test
    void tellsAnUnknownOutcomeFromOtherFailures() {
        FencingGuardObserver guard = FencingGuardMetrics.create(registry);
        guard.failed(new FencingGuardException(FencingGuardException.Kind.UNKNOWN, "no reply", null));
        guard.failed(new FencingGuardException(FencingGuardException.Kind.TRANSIENT, "deadlock", null));
        guard.failed(new FencingGuardException(FencingGuardException.Kind.TRANSIENT, "deadlock", null));

        assertThat(count("fencing.guard.failures", "kind", "unknown")).isOne();
        assertThat(count("fencing.guard.failures", "kind", "transient")).isEqualTo(2);
        assertThat(count("fencing.guard.failures", "kind", "permanent")).isZero();
    }

    @Test
    void countsByResourceWhereThatIsAsked() {
        FencingGuardMetrics.withResourceNames(registry).refused(new StaleTokenException("order:2", 6, 7, null));

        assertThat(count("fencing.guard.stale", "resource", "order:2")).isOne();
    }
}
