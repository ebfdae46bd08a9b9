package io.reactivelock;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.scheduler.Scheduler;

/** What holds for the main code of every module, for the tests of each. */
public final class HouseRules {
    private static final Set<String> BLOCKS_OR_READS_A_CLOCK = Set.of(
            "block",
            "blockFirst",
            "blockLast",
            "blockOptional",
            "toIterable",
            "toStream",
            "indefinitely",
            "atMost",
            "sync",
            "join",
            "await",
            "park",
            "sleep",
            "currentTimeMillis",
            "nanoTime",
            "now");

    private HouseRules() {}

    /**
     * Returns the main classes of a package and those below it.
     *
     * @param packageName the package
     */
    public static JavaClasses mainClassesOf(String packageName) {
        return new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(packageName);
    }

    /**
     * Nothing blocks or sleeps, and the only clock is that of a scheduler.
     *
     * @param more names of methods that are not to be called either
     */
    public static ArchRule nothingBlocksOrReadsAClock(String... more) {
        Set<String> banned =
                Stream.concat(BLOCKS_OR_READS_A_CLOCK.stream(), Stream.of(more)).collect(Collectors.toSet());
        return noClasses().should().callMethodWhere(new DescribedPredicate<>("it blocks, sleeps, or reads a clock") {
            @Override
            public boolean test(JavaMethodCall call) {
                boolean own = call.getTargetOwner().getPackageName().startsWith("io.reactivelock");
                boolean scheduler = call.getTargetOwner().isEquivalentTo(Scheduler.class);
                return !own && !scheduler && banned.contains(call.getName());
            }
        });
    }

    /** The engine is for the API alone: it changes without notice. */
    public static ArchRule nobodyUsesTheEngine() {
        return noClasses()
                .that()
                .resideOutsideOfPackages("io.reactivelock", "io.reactivelock.internal")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.reactivelock.internal");
    }
}
