package io.reactivelock.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import io.reactivelock.HouseRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses MAIN = HouseRules.mainClassesOf("io.reactivelock.micrometer");

    @Test
    void classesWereLoaded() {
        assertThat(MAIN.contain(LockMetrics.class)).isTrue();
        assertThat(MAIN.contain(QuietObservation.class)).isTrue();
    }

    @Test
    void publicTypesAreFew() {
        assertThat(MAIN.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(JavaClass::isTopLevelClass)
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "LockMetrics",
                        "FencingGuardMetrics",
                        "LockMeterDocumentation",
                        "LockObservations",
                        "LockObservationDocumentation",
                        "LockObservationContext",
                        "LockObservationConvention");
    }

    @Test
    void nothingBlocksOrReadsAClock() {
        HouseRules.nothingBlocksOrReadsAClock().check(MAIN);
    }

    @Test
    void nothingUsesTheEngine() {
        HouseRules.nobodyUsesTheEngine().check(MAIN);
    }
}
