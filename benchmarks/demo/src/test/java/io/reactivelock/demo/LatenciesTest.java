package io.reactivelock.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void percentilesAreThoseOfAllProcessesTogether() {
        Latencies quick = new Latencies();
        Latencies slow = new Latencies();
        for (int i = 0; i < 90; i++) {
            quick.recordNanos(1_000_000);
        }
        for (int i = 0; i < 10; i++) {
            slow.recordNanos(500_000_000);
        }

        Latencies all = Latencies.merge(List.of(travelled(quick), travelled(slow)));

        assertThat(all.millisAt(50)).isCloseTo(1.0, Percentage.withPercentage(1));
        assertThat(all.millisAt(99)).isCloseTo(500.0, Percentage.withPercentage(1));
    }

    @Test
    void nothingHasNoPercentile() {
        assertThat(travelled(new Latencies()).millisAt(50)).isNull();
    }

    private static Latencies travelled(Latencies latencies) {
        return JsonLines.read(JsonLines.line(latencies), Latencies.class);
    }
}
