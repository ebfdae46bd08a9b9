package io.reactivelock.mutiny;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.reactivelock.HouseRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses MAIN = HouseRules.mainClassesOf("io.reactivelock.mutiny");

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
        HouseRules.nothingBlocksOrReadsAClock().check(MAIN);
    }

    @Test
    void nothingUsesTheEngine() {
        HouseRules.nobodyUsesTheEngine().check(MAIN);
    }
}
