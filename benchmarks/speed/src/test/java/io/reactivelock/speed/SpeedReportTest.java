package io.reactivelock.speed;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.SpeedPlan;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SpeedReportTest {
    private final SpeedReport report = new SpeedReport(
            SpeedPlan.QUICK,
            new Machine(2, 0.9),
            "Redis 0",
            SpeedRun.QUESTIONS.stream().map(SpeedReportTest::answered).toList());

    @Test
    void theJsonHasEveryKeyInOrder() {
        assertThat(report.json()).doesNotContain("\n");
        JsonNode json = JsonMapper.shared().readTree(report.json());
        assertThat(json.propertyNames())
                .containsExactlyElementsOf(
                        List.of(Key.values()).stream().map(Key::json).toList());
        assertThat(json.get("renew_late").asDouble()).isEqualTo(1.235);
    }

    @Test
    void theTableHasEveryGoalAndADashForWhoCannotAnswer() {
        assertThat(report.markdown())
                .contains("Run: quick. Redis 0. Java ")
                .contains("(`free1_vs_bare`) | at least 0.9 | 1.23 | yes |")
                .contains("(`cancel_leaks`) | at most 0 | 1.23 | **no** |")
                .contains("| | unit | ours | theirs |")
                .contains("| slow | cycles/s | 1,235 | 2.50 |\n| fast | cycles/s | - | 7 |")
                .contains("Who was left out.");
    }

    @Test
    void aBusyMachineIsTold() {
        assertThat(new Machine(2, 0.9)).asString().doesNotContain("busy");
        assertThat(new Machine(2, -1)).asString().doesNotContain("busy");
        assertThat(new Machine(2, 3.14)).asString().contains("busy", "load 3.1");
    }

    @Test
    void chartsAreDrawnForEveryUnit(@TempDir Path directory) {
        report.write(directory);

        assertThat(directory.resolve("results.md")).hasContent(report.markdown());
        assertThat(directory.resolve("ratios.json")).hasContent(report.json());
        assertThat(directory.resolve("free-cycle-cycles-s.svg")).content().contains("<svg");
        assertThat(directory.resolve("free-cycle-bytes.svg")).isNotEmptyFile();
    }

    private static QuestionResult answered(Question question) {
        QuestionResult.Builder answer = new QuestionResult.Builder(question)
                .figure("slow", "cycles/s", "ours", 1_234.6)
                .figure("slow", "cycles/s", "theirs", 2.5)
                .figure("fast", "cycles/s", "theirs", 7)
                .figure("memory", "bytes", "ours", 1)
                .note("Who was left out.");
        question.keys().forEach(key -> answer.value(key, 1.2346));
        return answer.build();
    }
}
