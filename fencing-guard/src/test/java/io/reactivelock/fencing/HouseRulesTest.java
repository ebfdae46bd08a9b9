package io.reactivelock.fencing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import io.reactivelock.HouseRules;
import java.util.List;
import org.junit.jupiter.api.Test;

class HouseRulesTest {
    private static final JavaClasses GUARD = HouseRules.mainClassesOf("io.reactivelock.fencing");

    @Test
    void classesWereLoaded() {
        assertThat(GUARD.size()).isGreaterThan(10);
        assertThat(GUARD.contain(FencingGuard.class)).isTrue();
    }

    @Test
    void theGuardNeedsTheLockApiAndTheR2dbcSpiOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "io.reactivelock",
                        "io.reactivelock.fencing",
                        "io.reactivelock.fencing.spi",
                        "io.r2dbc.spi",
                        "reactor..",
                        "org.reactivestreams..",
                        "org.jspecify..")
                .check(GUARD);
    }

    @Test
    void whatOtherDriversShareKnowsNoDriver() {
        classes()
                .that()
                .resideInAPackage("io.reactivelock.fencing.spi")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "io.reactivelock",
                        "io.reactivelock.fencing",
                        "io.reactivelock.fencing.spi",
                        "org.jspecify..")
                .andShould()
                .onlyDependOnClassesThat(DescribedPredicate.not(JavaClass.Predicates.type(FencingGuard.class)))
                .check(GUARD);
    }

    @Test
    void nothingBlocksOrReadsAClock() {
        HouseRules.nothingBlocksOrReadsAClock("toFuture").check(GUARD);
    }

    @Test
    void publicTypesAreFew() {
        assertThat(publicTypes("io.reactivelock.fencing"))
                .containsExactlyInAnyOrder(
                        "FencingGuard",
                        "FencingGuardOptions",
                        "FencingException",
                        "StaleTokenException",
                        "FencingGuardException");
        assertThat(publicTypes("io.reactivelock.fencing.spi"))
                .containsExactlyInAnyOrder("PostgresFence", "FenceCall", "FenceErrors", "Grants");
    }

    private static List<String> publicTypes(String packageName) {
        return GUARD.stream()
                .filter(type -> type.getPackageName().equals(packageName))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(JavaClass::isTopLevelClass)
                .map(JavaClass::getSimpleName)
                .toList();
    }

    @Test
    void nothingUsesTheEngine() {
        HouseRules.nobodyUsesTheEngine().check(GUARD);
    }
}
