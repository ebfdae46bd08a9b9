package io.reactivelock.spring;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import io.reactivelock.HouseRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses MAIN = HouseRules.mainClassesOf("io.reactivelock.spring");

    /** What starts an application waits, on the thread of the start, as Boot's own initializers do. */
    private static final JavaClasses WHILE_IT_RUNS = MAIN.that(DescribedPredicate.not(simpleName("StartUp")));

    @Test
    void classesWereLoaded() {
        assertThat(MAIN.contain(LockProfiles.class)).isTrue();
        assertThat(WHILE_IT_RUNS.size()).isEqualTo(MAIN.size() - 1);
    }

    @Test
    void nothingBlocksOrReadsAClock() {
        HouseRules.nothingBlocksOrReadsAClock().check(WHILE_IT_RUNS);
    }

    @Test
    void nothingUsesTheEngine() {
        HouseRules.nobodyUsesTheEngine().check(MAIN);
    }

    @Test
    void onlyAutoConfigurationsArePublicBelowThePackageOfTheUsers() {
        classes()
                .that()
                .resideInAPackage("io.reactivelock.spring.client")
                .and()
                .arePublic()
                .should()
                .haveSimpleNameEndingWith("AutoConfiguration")
                .check(MAIN);
    }
}
