package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class BackOffTest {
    private static final long MIN = Duration.ofMillis(20).toNanos();
    private static final long MAX = Duration.ofSeconds(1).toNanos();
    private final BackOff backOff = new BackOff(
            Duration.ofMillis(20),
            Duration.ofSeconds(1),
            bound -> ThreadLocalRandom.current().nextLong(bound));

    @Test
    void pollingGrowsToTheCapWithFullJitter() {
        for (int attempt = 0; attempt < 100; attempt++) {
            long bound = attempt < 6 ? MIN << attempt : MAX;
            long shortest = Long.MAX_VALUE;
            long longest = 0;
            for (int i = 0; i < 1_000; i++) {
                long delay = backOff.polling(attempt);
                assertThat(delay).isBetween(1L, bound);
                shortest = Math.min(shortest, delay);
                longest = Math.max(longest, delay);
            }
            // full jitter: over the whole range
            assertThat(shortest).isLessThan(bound / 20);
            assertThat(longest).isGreaterThan(bound - bound / 20);
        }
    }

    @Test // F2
    void nobodyWaitsMuchLongerThanTheOtherLeaseLasts() {
        for (int i = 0; i < 1_000; i++) {
            long bound = Duration.ofMillis(50).toNanos() + MIN;
            assertThat(backOff.polling(50, Duration.ofMillis(50))).isBetween(1L, bound);
            assertThat(backOff.queued(Duration.ofSeconds(1), Duration.ofMillis(50)))
                    .isBetween(Duration.ofMillis(50).toNanos(), bound);
        }
    }

    @Test // F1
    void aLostNotificationCostsAtMostTheIntervalThatTheQueueNamed() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(backOff.queued(Duration.ofSeconds(3), Duration.ofSeconds(Long.MAX_VALUE)))
                    .isBetween(
                            Duration.ofMillis(2_250).toNanos() - 1,
                            Duration.ofSeconds(3).toNanos());
        }
    }
}
