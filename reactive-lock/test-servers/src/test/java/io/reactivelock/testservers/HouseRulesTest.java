package io.reactivelock.testservers;

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
    private static final JavaClasses SERVERS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.reactivelock.testservers");

    @Test
    void classesWereLoaded() {
        assertThat(SERVERS.size()).isGreaterThan(20);
        assertThat(SERVERS.contain(RedisServer.class)).isTrue();
    }

    @Test
    void onlyWhatIsMeantIsPublic() {
        List<String> published = SERVERS.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC) && type.isTopLevelClass())
                .map(JavaClass::getSimpleName)
                .toList();
        assertThat(published)
                .containsExactlyInAnyOrder(
                        "RedisServer",
                        "RedisExtension",
                        "RedisSentinel",
                        "RedisCluster",
                        "SlotMove",
                        "PostgresServer",
                        "PostgresExtension",
                        "TcpProxy",
                        "TcpFaults");
    }

    @Test
    void nothingReadsTheWallClockOrSleeps() {
        noClasses()
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Instant.class, "now")
                .check(SERVERS);
    }

    @Test
    void onlyWhatDelaysBytesReadsTheClockOfTheMachine() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.TcpPipe.*")
                .should()
                .callMethod(System.class, "nanoTime")
                .check(SERVERS);
    }

    @Test
    void onlyExtensionsNeedATestFramework() {
        noClasses()
                .that()
                .haveNameNotMatching(".*Extension")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.junit..", "org.assertj..", "reactor.test..")
                .check(SERVERS);
    }

    @Test
    void nothingKnowsWhatIsTested() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.reactivelock",
                        "io.reactivelock.spi..",
                        "io.reactivelock.redis..",
                        "io.reactivelock.testkit..")
                .check(SERVERS);
    }
}
