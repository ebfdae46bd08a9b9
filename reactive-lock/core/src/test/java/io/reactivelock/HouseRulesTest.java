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
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

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

    /** Breaks the rule. */
    private static final class Blocking {
        @SuppressWarnings("unused")
        static @Nullable Object wait(Mono<?> value) {
            return value.block();
        }
    }

    @Test
    void publicTypesAreFewAndInTheTwoPublicPackages() {
        List<String> api = CORE.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(JavaClass::isTopLevelClass)
                .map(JavaClass::getSimpleName)
                .filter(name -> !name.equals("package-info"))
                .toList();
        assertThat(api).hasSizeLessThanOrEqualTo(20).contains("LockClient", "LockBackend");
        classes()
                .should()
                .resideInAnyPackage("io.reactivelock", "io.reactivelock.spi")
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
