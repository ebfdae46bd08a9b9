package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HolderSourceTest {
    @Test
    void holdersOfOneOrManyClientsDiffer() {
        Set<Holder> seen = new HashSet<>();
        for (int client = 0; client < 10; client++) {
            HolderSource source = new HolderSource(new SecureRandom());
            for (int i = 0; i < 10_000; i++) {
                assertThat(seen.add(source.next())).isTrue();
            }
        }
    }
}
