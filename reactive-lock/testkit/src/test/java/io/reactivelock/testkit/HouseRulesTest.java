package io.reactivelock.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses TESTKIT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.reactivelock.testkit");

    @Test
    void classesWereLoaded() {
        assertThat(TESTKIT.size()).isGreaterThan(20);
        assertThat(TESTKIT.contain(InMemoryLockBackend.class)).isTrue();
    }

    @Test
    void onlyWhatIsMeantIsPublic() {
        List<String> published = TESTKIT.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC) && type.isTopLevelClass())
                .map(JavaClass::getSimpleName)
                .toList();
        assertThat(published)
                .containsExactlyInAnyOrder(
                        "InMemoryLockBackend",
                        "FaultyLockBackend",
                        "LockFault",
                        "LockOperation",
                        "ContractTime",
                        "LockBackendContract",
                        "WaitQueueContract",
                        "LossSignalsContract",
                        "ForeignEntryContract",
                        "LockSubject",
                        "LockClientContract",
                        "LockCancellationContract",
                        "LockQueueContract",
                        "LeftoversExtension");
    }

    @Test
    void nothingReadsAClockOfTheMachineOrSleeps() {
        noClasses()
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Instant.class, "now")
                .check(TESTKIT);
    }

    @Test
    void nothingNeedsAServer() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lettuce..", "io.r2dbc..", "java.sql..", "org.testcontainers..")
                .check(TESTKIT);
    }

    @Test
    void backendsAndFaultsNeedNoTestFramework() {
        noClasses()
                .that()
                .haveNameNotMatching(".*(Contract|ContractTime|Extension|Scene|TurnRecorder|LockSubjectSource).*")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.junit..", "org.assertj..", "reactor.test..")
                .check(TESTKIT);
    }
}
