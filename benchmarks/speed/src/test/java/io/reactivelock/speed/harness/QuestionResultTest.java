package io.reactivelock.speed.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QuestionResultTest {
    private static final Question QUESTION = new Question() {
        @Override
        public String name() {
            return "cancel";
        }

        @Override
        public String title() {
            return "Cancel";
        }

        @Override
        public Set<Key> keys() {
            return Set.of(Key.CANCEL_LEAKS, Key.RENEW_LATE);
        }

        @Override
        public QuestionResult answer(Bench bench) {
            throw new UnsupportedOperationException();
        }
    };

    @Test
    void aKeyThatWasNotMeasuredIsAnError() {
        assertThatThrownBy(() -> new QuestionResult.Builder(QUESTION)
                        .value(Key.RENEW_LATE, 0)
                        .build())
                .isInstanceOf(BenchmarkException.class)
                .hasMessage("The question 'cancel' must measure renew_late, cancel_leaks, but measured renew_late.");
    }

    @Test
    void aValueThatIsNoNumberIsAnError() {
        assertThatThrownBy(() -> new QuestionResult.Builder(QUESTION).value(Key.RENEW_LATE, Double.NaN))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageContaining("renew_late");
    }

    @Test
    void goalsAreBoundsInTheirDirection() {
        assertThat(Key.FREE1_VS_BARE.isReached(Map.of(Key.FREE1_VS_BARE, 0.9))).isTrue();
        assertThat(Key.FREE1_VS_BARE.isReached(Map.of(Key.FREE1_VS_BARE, 0.89))).isFalse();
        assertThat(Key.CANCEL_LEAKS.isReached(Map.of(Key.CANCEL_LEAKS, 0.0))).isTrue();
        assertThat(Key.CANCEL_LEAKS.isReached(Map.of(Key.CANCEL_LEAKS, 1.0))).isFalse();
        Map<Key, Double> bytes = Map.of(Key.BYTES_PER_CYCLE, 5.0, Key.BYTES_PER_CYCLE_REDISSON, 5.0);
        assertThat(Key.BYTES_PER_CYCLE.isReached(bytes)).isFalse();
        assertThat(Key.BYTES_PER_CYCLE_REDISSON.isReached(bytes)).isTrue();
        assertThatThrownBy(() -> Key.BYTES_PER_CYCLE.isReached(Map.of(Key.BYTES_PER_CYCLE, 5.0)))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageContaining("bytes_per_cycle_redisson");
    }
}
