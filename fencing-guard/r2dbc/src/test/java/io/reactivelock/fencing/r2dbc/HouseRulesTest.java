package io.reactivelock.fencing.r2dbc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import io.reactivelock.HouseRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses GUARD = HouseRules.mainClassesOf("io.reactivelock.fencing.r2dbc");

    @Test
    void classesWereLoaded() {
        assertThat(GUARD.contain(DefaultR2dbcFencingGuard.class)).isTrue();
    }

    @Test
    void theGuardNeedsTheLockApiAndTheR2dbcSpiOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "io.reactivelock",
                        "io.reactivelock.fencing..",
                        "io.r2dbc.spi",
                        "reactor..",
                        "org.reactivestreams..",
                        "org.jspecify..")
                .check(GUARD);
    }

    @Test
    void nothingBlocksOrReadsAClock() {
        HouseRules.nothingBlocksOrReadsAClock("toFuture").check(GUARD);
    }

    @Test
    void publicTypesAreFew() {
        assertThat(GUARD.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(JavaClass::isTopLevelClass)
                        .map(JavaClass::getSimpleName))
                .containsExactly("R2dbcFencingGuard");
    }
}
