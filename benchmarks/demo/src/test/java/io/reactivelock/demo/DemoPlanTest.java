package io.reactivelock.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DemoPlanTest {
    private final DemoPlan plan = new DemoPlan(3, 901, 302, 10, 3, Duration.ofSeconds(1));

    @Test
    void everyBuyerComesOnce() {
        List<Integer> all = new ArrayList<>();
        for (int process = 0; process < plan.processes(); process++) {
            for (int item = 0; item < plan.items(); item++) {
                all.addAll(plan.buyersOf(process, item));
            }
        }

        assertThat(all).hasSize(901).doesNotHaveDuplicates();
    }

    @Test
    void everyProcessHasBuyersForEveryItem() {
        for (int process = 0; process < plan.processes(); process++) {
            for (int item = 0; item < plan.items(); item++) {
                assertThat(plan.buyersOf(process, item)).hasSizeGreaterThanOrEqualTo(30);
            }
        }
    }

    @Test
    void everyUnitLiesOnAShelf() {
        assertThat(IntStream.range(0, plan.items()).map(plan::stockOf).sum()).isEqualTo(302);
    }

    @Test
    void everyItemGoesOnSaleInOneWave() {
        assertThat(IntStream.range(0, plan.pauses()).boxed().flatMap(wave -> plan.itemsOf(wave).stream()))
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void aPauseIsLongerThanTheLease() {
        assertThat(plan.pause()).isGreaterThan(plan.lease());
    }
}
