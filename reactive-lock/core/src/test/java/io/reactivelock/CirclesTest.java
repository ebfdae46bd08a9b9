package io.reactivelock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class CirclesTest {
    /** Each with the reason for it. */
    private static final Map<Set<String>, String> ALLOWED = Map.of(
            Set.of("DefaultLockClient", "LockClient"),
            "an interface whose static factory makes its one implementation",
            Set.of("Lease", "LeaseContext"),
            "an interface whose static method asks the one place that knows where leases stand in the Context");

    @Test
    void fewClassesOfCoreStandInACircle() {
        assertThat(Circles.of(HouseRules.mainClassesOf("io.reactivelock")))
                .containsExactlyInAnyOrderElementsOf(ALLOWED.keySet())
                .allMatch(circle -> circle.size() <= 3);
    }

    @Test
    void aCircleIsFound() { // the control
        assertThat(Circles.in(Map.of(
                        "a", Set.of("b"), "b", Set.of("c", "d"), "c", Set.of("a"), "d", Set.of("e"), "e", Set.of())))
                .containsExactly(Set.of("a", "b", "c"));
    }
}
