package io.reactivelock.fencing;

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
    private static final JavaClasses CORE = HouseRules.mainClassesOf("io.reactivelock.fencing");

    @Test
    void classesWereLoaded() {
        assertThat(CORE.contain(FencingGuard.class)).isTrue();
    }

    @Test
    void needsTheLockApiOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "io.reactivelock",
                        "io.reactivelock.fencing",
                        "reactor..",
                        "org.reactivestreams..",
                        "org.jspecify..")
                .check(CORE);
    }

    @Test
    void nothingBlocksOrReadsAClock() {
        HouseRules.nothingBlocksOrReadsAClock("toFuture").check(CORE);
    }

    @Test
    void publicTypesAreFew() {
        assertThat(CORE.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(JavaClass::isTopLevelClass)
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "FencingGuard",
                        "FencingGuardOptions",
                        "FencingGuardObserver",
                        "GuardObservation",
                        "FencingException",
                        "StaleTokenException",
                        "FencingGuardException",
                        "GrantRetry");
    }
}
