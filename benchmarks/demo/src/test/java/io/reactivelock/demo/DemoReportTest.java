package io.reactivelock.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DemoReportTest {
    private static final ModeResult NONE = new ModeResult(
            DemoMode.NONE, 300, 700, 400, 410, 412, 0, 412, 700, 412, 3, null, null, 0, 0, 0, null, 6_000);
    private static final ModeResult LOCK = new ModeResult(
            DemoMode.LOCK, 300, 340, 40, 41, 3, 0, 3, 340, 6, 3, 7.25, 1_600.5, 820, 12, 5, 612.3, 8_000);

    @Test
    void jsonHasTheAgreedKeys() {
        JsonNode json =
                JsonMapper.shared().readTree(report(guarded(0, 0, 3, 0, 0)).json());

        assertThat(json.propertyNames()).startsWith("redis", "postgres", "modes");
        assertThat(json.get("redis").asString()).isEqualTo("Redis 1");
        assertThat(json.get("modes").valueStream().map(mode -> mode.get("mode").asString()))
                .containsExactly("none", "lock", "guarded");
        JsonNode lock = json.get("modes").get(1);
        assertThat(lock.get("stock").asLong()).isEqualTo(300);
        assertThat(lock.get("sold").asLong()).isEqualTo(340);
        assertThat(lock.get("oversold").asLong()).isEqualTo(40);
        assertThat(lock.get("lostUpdates").asLong()).isEqualTo(41);
        assertThat(lock.get("staleWritesAttempted").asLong()).isEqualTo(3);
        assertThat(lock.get("staleWritesRejected").asLong()).isZero();
        assertThat(lock.get("staleWritesAccepted").asLong()).isEqualTo(3);
        assertThat(lock.get("handOffs").asLong()).isEqualTo(820);
        assertThat(lock.has("exact")).isFalse();
        assertThat(json.get("modes").get(0).get("acquireP50Millis").isNull()).isTrue();
    }

    @Test
    void theTableHasOneColumnForEachMode() {
        assertThat(report(guarded(0, 0, 3, 0, 0)).table().lines())
                .anyMatch(line -> line.matches("\\|\\s*\\|\\s+no lock \\|\\s+lock only \\|\\s+lock \\+ guard \\|"))
                .anyMatch(line -> line.matches("\\| oversold\\s+\\|\\s+400 \\|\\s+40 \\|\\s+0 \\|"))
                .anyMatch(line -> line.matches("\\|   rejected\\s+\\|\\s+0 \\|\\s+0 \\|\\s+3 \\|"))
                .anyMatch(line -> line.matches("\\| acquire p99\\s+\\|\\s+- \\|\\s+1600.5 ms \\|\\s+1.5 ms \\|"));
    }

    @Test
    void theConclusionNamesTheNumbers() {
        assertThat(report(guarded(0, 0, 3, 0, 0)).conclusion())
                .contains("412 stale writes got through, 410 sales were lost from the stock and 400 units sold")
                .contains("3 stale writes got through, 41 sales were lost from the stock and 40 units sold")
                .endsWith(
                        "each of the 3 stale writes was refused, and all 300 sales are in the stock: no unit was sold twice.");
    }

    @Test
    void theConclusionAdmitsAFailure() {
        assertThat(report(guarded(1, 1, 2, 1, 0)).conclusion()).endsWith("the guard failed.");
        assertThat(report(guarded(0, 0, 0, 0, 0)).conclusion()).endsWith("shows nothing about the guard.");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,3,0,0,true",
        "1,0,3,0,0,false",
        "0,1,3,0,0,false",
        "0,0,3,1,0,false",
        "0,0,3,0,1,false",
        "0,0,0,0,0,false"
    })
    void exactMeansNothingWrongAndSomethingTried(
            long oversold, long lost, long rejected, long accepted, long historyErrors, boolean exact) {
        assertThat(report(guarded(oversold, lost, rejected, accepted, historyErrors))
                        .isExact())
                .isEqualTo(exact);
    }

    private static DemoReport report(ModeResult guarded) {
        return new DemoReport("Redis 1", "PostgreSQL 2", List.of(NONE, LOCK, guarded));
    }

    private static ModeResult guarded(long oversold, long lost, long rejected, long accepted, long historyErrors) {
        return new ModeResult(
                DemoMode.GUARDED,
                300,
                300,
                oversold,
                lost,
                rejected + accepted,
                rejected,
                accepted,
                300,
                historyErrors,
                3,
                1.0,
                1.5,
                800,
                10,
                3,
                600.0,
                9_000);
    }
}
