package io.reactivelock.mutiny;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class HouseRulesTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.reactivelock.mutiny");

    @Test
    void classesWereLoaded() {
        assertThat(MAIN.contain(MutinyLockClient.class)).isTrue();
        assertThat(MAIN.contain(Bridge.class)).isTrue();
    }

    @Test
    void nothingIsPublicButTheClientAndItsLease() {
        classes()
                .that()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .should()
                .be(MutinyLockClient.class)
                .orShould()
                .be(MutinyLease.class)
                .check(MAIN);
    }

    @Test
    void nothingBlocksOrReadsAClock() {
        noClasses()
                .should()
                .callMethodWhere(new DescribedPredicate<>("it blocks, sleeps, or reads a clock") {
                    private static final List<String> BANNED = List.of(
                            "block",
                            "blockFirst",
                            "blockLast",
                            "blockOptional",
                            "toIterable",
                            "toStream",
                            "sleep",
                            "currentTimeMillis",
                            "nanoTime",
                            "indefinitely",
                            "atMost",
                            "join",
                            "await",
                            "sync",
                            "park");

                    @Override
                    public boolean test(JavaMethodCall call) {
                        boolean wallClock = call.getName().equals("now")
                                && call.getTargetOwner().getPackageName().equals("java.time");
                        return wallClock || BANNED.contains(call.getName());
                    }
                })
                .check(MAIN);
    }
}
