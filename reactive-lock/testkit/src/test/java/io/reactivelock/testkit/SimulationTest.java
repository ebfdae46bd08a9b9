package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Histories that differ in their seed; a seed of a failure repeats it. More of them with {@code -Dreactivelock.seeds}. Every zero stands next to a control that must not be zero. */
class SimulationTest {
    private static final long SEEDS = Long.getLong("reactivelock.seeds", 100);

    @Test
    @DisplayName(
            "A1-A5, B1-B7, C1, D1, F1, F6, F9, F10: no history under faults and pauses breaks exclusion, or leaves a lock behind")
    void keepsTheRules() {
        long grants = 0;
        long handedOn = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Simulation history = new Simulation(seed, 1).run(() -> {});
            assertThat(history.violations).as("seed " + seed).isEmpty();
            grants += history.grants;
            handedOn += history.handedOn;
        }
        assertThat(grants).isGreaterThan(SEEDS * 10);
        assertThat(handedOn).isGreaterThan(SEEDS);
    }

    @Test
    @DisplayName("D3, control: a server that forgets grants twice")
    void breaksWhereTheServerForgets() {
        long broken = LongStream.range(0, 20)
                .filter(seed -> {
                    Simulation history = new Simulation(seed, 1);
                    int[] steps = new int[1];
                    history.run(() -> {
                        if (++steps[0] % 20 == 0) {
                            history.server.forget();
                        }
                    });
                    return history.violations.stream().anyMatch(violation -> violation.startsWith("B1"));
                })
                .count();
        assertThat(broken).isPositive();
    }

    @Test
    @DisplayName("B16, control: a clock that is slower than the margin allows breaks exclusion")
    void breaksWhereAClockIsTooSlow() {
        long broken = LongStream.range(0, 20)
                .filter(seed ->
                        !new Simulation(seed, 0.5).run(() -> {}).violations.isEmpty())
                .count();
        assertThat(broken).isPositive();
    }
}
