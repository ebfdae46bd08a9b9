package io.reactivelock.pgguard;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.reactivelock.HouseRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses MAIN = HouseRules.mainClassesOf("io.reactivelock.pgguard");

    @Test
    void classesWereLoaded() {
        assertThat(MAIN.contain(PgSession.class)).isTrue();
    }

    @Test
    void theGuardIsAllThatIsPublic() {
        classes()
                .that()
                .arePublic()
                .should()
                .haveSimpleName("VertxFencingGuard")
                .check(MAIN);
    }

    @Test
    void needsNeitherR2dbcNorReactor() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.r2dbc..", "io.reactivelock.fencing.r2dbc..", "reactor..", "io.lettuce..")
                .check(MAIN);
    }

    @Test
    void nothingBlocksOrReadsAClock() {
        HouseRules.nothingBlocksOrReadsAClock().check(MAIN);
    }

    @Test
    void nothingUsesTheEngine() {
        HouseRules.nobodyUsesTheEngine().check(MAIN);
    }
}
