package io.reactivelock.fencing.postgresql;

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
    private static final JavaClasses POSTGRESQL = HouseRules.mainClassesOf("io.reactivelock.fencing.postgresql");

    @Test
    void classesWereLoaded() {
        assertThat(POSTGRESQL.contain(PostgresFence.class)).isTrue();
    }

    @Test
    void knowsNoDriver() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "io.reactivelock",
                        "io.reactivelock.fencing",
                        "io.reactivelock.fencing.postgresql",
                        "org.jspecify..")
                .check(POSTGRESQL);
    }

    @Test
    void nothingBlocksOrReadsAClock() {
        HouseRules.nothingBlocksOrReadsAClock("toFuture").check(POSTGRESQL);
    }

    @Test
    void publicTypesAreFew() {
        assertThat(POSTGRESQL.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(JavaClass::isTopLevelClass)
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("PostgresFence", "FenceCall", "FenceErrors", "RowFence");
    }
}
