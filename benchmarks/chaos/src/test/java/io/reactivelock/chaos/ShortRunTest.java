package io.reactivelock.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.chaos.fault.ChaosTopology;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("A short run with real faults")
@Tag("long")
class ShortRunTest {
    private static final ChaosPlan PLAN =
            new ChaosPlan(Duration.ofSeconds(20), 1, 3, List.of(ChaosTopology.STANDALONE), 0, 3);

    @Test
    @DisplayName("B1, B5, D1, D3, E1, E2: no violation, and the controls take harm")
    void shortRun() {
        ChaosReport report = Objects.requireNonNull(
                new Campaign(PLAN, System.out::println).run().block());

        System.out.println(report.text());
        assertThat(report.violations()).isEmpty();
        assertThat(report.isClean()).isTrue();
        assertThat(report.voidBecause()).isEmpty();
        assertThat(report.spans()).containsKeys(FaultProfile.CALM, FaultProfile.STORM);
        assertThat(report.staleAttempted()).isPositive();
        assertThat(report.cancels()).isPositive();
        assertThat(report.releases()).isPositive();
        assertThat(report.unexpectedFailures()).isZero();
        assertThat(report.lossNoticedP99Millis()).isPositive();
    }
}
