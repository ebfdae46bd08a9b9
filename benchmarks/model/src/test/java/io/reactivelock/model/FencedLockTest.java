package io.reactivelock.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks FencedLock.tla: as built no rule is broken, and with each mistake the rule that is there to prevent it. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@Tag("long")
class FencedLockTest {
    private static final String AS_BUILT = "asBuilt";

    static Stream<Bounds> bounds() {
        return Boolean.getBoolean("model.long")
                ? Stream.of(new Bounds(2, 3, 1), new Bounds(3, 2, 1), new Bounds(3, 3, 0), new Bounds(2, 3, 2))
                : Stream.of(new Bounds(2, 2, 1), new Bounds(3, 2, 0));
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(Mistake.values())
                .flatMap(mistake -> mistake.broken.stream().map(rule -> Arguments.of(mistake, rule)));
    }

    @ParameterizedTest(name = "{0}: no rule is broken")
    @MethodSource("bounds")
    void asBuilt(Bounds bounds) throws Exception {
        Tlc.Report report = check(AS_BUILT, bounds, List.of(ModelRule.values()));

        assertThat(report.output()).contains("Model checking completed. No error has been found.");
        assertThat(report.left()).as("states that were not looked at").isZero();
    }

    /** A model that does nothing keeps every rule. */
    @Test
    void everyStepIsTaken() throws Exception {
        Tlc.Report report = check(AS_BUILT, new Bounds(2, 2, 1), List.of(ModelRule.TypeOK), "-coverage", "1");

        assertThat(report.idleActions()).as(report.output()).containsExactly("AdvanceRolledBack", "GrantNumber");
    }

    @ParameterizedTest(name = "{0} breaks {1}")
    @MethodSource("mistakes")
    void aMistakeBreaksItsRule(Mistake mistake, ModelRule rule) throws Exception {
        Tlc.Report report = check(mistake.name(), mistake.bounds(), List.of(rule));

        assertThat(report.broken()).as(mistake.what + "\n" + report.output()).contains(rule);
    }

    private static Tlc.Report check(String variant, Bounds bounds, List<ModelRule> rules, String... options)
            throws IOException, InterruptedException {
        String name = variant + "-"
                + (rules.size() == 1 ? rules.get(0) : bounds.toString().replaceAll("\\W+", "-"));
        Tlc.Report report = Tlc.check(name, variant, bounds, rules, options);
        System.out.printf(
                "%-22s %s%n    %s: %s%n",
                variant, bounds, report.broken().map(rule -> "breaks " + rule).orElse("no rule broken"), report);
        return report;
    }
}
