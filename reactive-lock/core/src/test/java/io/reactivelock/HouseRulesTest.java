package io.reactivelock;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses CORE = HouseRules.mainClassesOf("io.reactivelock");

    @Test
    void classesWereLoaded() {
        assertThat(CORE.size()).isGreaterThan(20);
        assertThat(CORE.contain(LockClient.class)).isTrue();
    }

    @Test
    void coreNeedsReactorAndJspecifyOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..", "io.reactivelock..", "reactor..", "org.reactivestreams..", "org.jspecify..")
                .check(CORE);
    }

    @Test
    void nothingBlocksOrReadsAClockButTheScheduler() {
        HouseRules.nothingBlocksOrReadsAClock("toFuture").check(CORE);
    }

    @Test
    void whatBlocksIsFound() { // the control
        JavaClasses blocking = new ClassFileImporter().importClasses(Blocking.class);
        assertThatThrownBy(() -> HouseRules.nothingBlocksOrReadsAClock().check(blocking))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("it blocks, sleeps, or reads a clock");
    }

    @Test
    void whatUsesTheEngineIsFound() { // the control
        JavaClasses own = new ClassFileImporter().importPackages("io.reactivelock.internal");
        assertThatThrownBy(() -> noClasses()
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("io.reactivelock.internal")
                        .check(own))
                .isInstanceOf(AssertionError.class);
        HouseRules.nobodyUsesTheEngine().check(CORE);
    }

    /** Breaks the rule. */
    private static final class Blocking {
        @SuppressWarnings("unused")
        static @Nullable Object wait(Mono<?> value) {
            return value.block();
        }
    }

    @Test
    void whatAUserSeesAndWhatABackendSeesIsPublicAndFew() {
        List<JavaClass> visible = CORE.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> !type.getPackageName().endsWith(".internal"))
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .toList();
        assertThat(visible)
                .hasSizeBetween(20, 30)
                .allMatch(type -> type.getModifiers().contains(JavaModifier.PUBLIC));
        classes()
                .should()
                .resideInAnyPackage("io.reactivelock", "io.reactivelock.spi", "io.reactivelock.internal")
                .check(CORE);
    }

    @Test
    void theEngineShowsTheApiWhatItNeedsAndNoMore() {
        assertThat(CORE.stream()
                        .filter(type -> type.getPackageName().endsWith(".internal"))
                        .filter(JavaClass::isTopLevelClass)
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "DefaultLockClient", "Durations", "ClientBlockHoundIntegration", "LeaseContext", "LockName");
    }

    @Test
    void theSpiKnowsNothingOfTheEngine() {
        noClasses()
                .that()
                .resideInAPackage("io.reactivelock.spi")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.reactivelock.internal")
                .check(CORE);
    }

    @Test
    void theSpiKnowsOnlyValuesAndErrorsOfTheApi() {
        noClasses()
                .that()
                .resideInAPackage("io.reactivelock.spi")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(LockClient.class, Lease.class, LockRequest.class, LockClientOptions.class)
                .check(CORE);
    }
}
