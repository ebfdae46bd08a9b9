package io.reactivelock.redis;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.reactivelock.HouseRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses MAIN = HouseRules.mainClassesOf("io.reactivelock.redis");

    @Test
    void classesWereLoaded() {
        assertThat(MAIN.contain(RedisLockBackend.class)).isTrue();
        assertThat(MAIN.contain(RedisSignals.class)).isTrue();
    }

    @Test
    void nothingIsPublicButTheBackend() {
        classes()
                .that()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .should()
                .be(RedisLockBackend.class)
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
