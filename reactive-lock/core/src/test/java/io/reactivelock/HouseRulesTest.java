package io.reactivelock;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class HouseRulesTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.reactivelock");

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
        noClasses()
                .should()
                .callMethodWhere(new DescribedPredicate<>("it blocks, sleeps, or reads a clock of its own") {
                    private static final List<String> BANNED = List.of(
                            "block",
                            "blockFirst",
                            "blockLast",
                            "blockOptional",
                            "toFuture",
                            "toIterable",
                            "toStream",
                            "sleep",
                            "currentTimeMillis",
                            "nanoTime",
                            "join",
                            "await",
                            "park");

                    @Override
                    public boolean test(JavaMethodCall call) {
                        boolean wallClock = call.getName().equals("now")
                                && call.getTargetOwner().getPackageName().equals("java.time");
                        boolean own = call.getTargetOwner().getPackageName().startsWith("io.reactivelock");
                        return !own && (wallClock || BANNED.contains(call.getName()));
                    }
                })
                .check(CORE);
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
