package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HolderSourceTest {
    @Test
    @DisplayName("G3: a clone of a source shares no state that would make it draw the same holders")
    void clonesDiffer() {
        AtomicInteger operatingSystem = new AtomicInteger();
        HolderSource source = new HolderSource(bytes -> Arrays.fill(bytes, (byte) operatingSystem.incrementAndGet()));
        assertThat(source.next()).isEqualTo(holder(1));
        // all that a clone could have taken along is in the object; what follows comes from outside
        operatingSystem.set(7);
        assertThat(source.next()).isEqualTo(holder(8));
    }

    private static Holder holder(int eachByte) {
        long half = eachByte * 0x0101_0101_0101_0101L;
        return new Holder(half, half);
    }

    @Test
    void holdersOfOneOrManyClientsDiffer() {
        Set<Holder> seen = new HashSet<>();
        for (int client = 0; client < 10; client++) {
            HolderSource source = new HolderSource();
            for (int i = 0; i < 10_000; i++) {
                assertThat(seen.add(source.next())).isTrue();
            }
        }
    }
}
