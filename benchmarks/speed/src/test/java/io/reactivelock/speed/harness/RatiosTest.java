package io.reactivelock.speed.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RatiosTest {
    @Test
    void theMedianIsTheMiddleOrTheMeanOfTheTwoThere() {
        assertThat(Ratios.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Ratios.median(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(3);
        assertThatThrownBy(() -> Ratios.median(List.of())).isInstanceOf(BenchmarkException.class);
    }

    @Test
    void ratiosAreOfTheSameRound() {
        // the second round was twice as slow for both; the ratio of the medians would be 1.5
        assertThat(Ratios.medianRatio(List.of(200.0, 100.0, 220.0), List.of(100.0, 50.0, 55.0)))
                .isEqualTo(2);
        assertThatThrownBy(() -> Ratios.medianRatio(List.of(1.0), List.of(1.0, 2.0)))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageContaining("1 rounds of one subject and 2 of the other");
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "NaN, 1", "1, NaN", "Infinity, 1", "-1, 1"})
    void whatWasNotMeasuredHasNoRatio(double value, double base) {
        assertThatThrownBy(() -> Ratios.ratio(value, base))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageStartingWith("There is no ratio of ");
    }
}
