package io.reactivelock.spring.actuate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.reactivelock.HouseRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HouseRulesTest {
    private static final JavaClasses MAIN = HouseRules.mainClassesOf("io.reactivelock.spring.actuate");

    @Test
    void classesWereLoaded() {
        assertThat(MAIN.contain(LocksEndpoint.class)).isTrue();
    }

    /** An application configures this part by properties and beans of other packages. */
    @Test
    void nothingIsPublic() {
        noClasses().that().areTopLevelClasses().should().bePublic().check(MAIN);
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
