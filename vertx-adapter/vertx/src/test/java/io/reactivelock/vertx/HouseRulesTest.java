package io.reactivelock.vertx;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.reactivelock.HouseRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses MAIN = HouseRules.mainClassesOf("io.reactivelock.vertx");

    @Test
    void classesWereLoaded() {
        assertThat(MAIN.contain(VertxLockClient.class)).isTrue();
        assertThat(MAIN.contain(Hold.class)).isTrue();
    }

    @Test
    void whatIsPublicIsNamedForVertx() {
        classes()
                .that()
                .arePublic()
                .should()
                .haveSimpleNameStartingWith("Vertx")
                .check(MAIN);
    }

    @Test
    void theClientDoesNotNeedLettuce() {
        noClasses()
                .that()
                .haveSimpleNameStartingWith("VertxL")
                .or()
                .areAssignableTo(Answer.class)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.lettuce..")
                .check(MAIN);
    }

    @Test
    void nothingNeedsADatabaseClientOrTheGuard() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx.pgclient..", "io.vertx.sqlclient..", "io.reactivelock.fencing..")
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
