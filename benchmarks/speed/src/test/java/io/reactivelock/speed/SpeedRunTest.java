package io.reactivelock.speed;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.speed.harness.Key;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpeedRunTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest(name = "{0}")
    @DisplayName("What cannot be done is said in one sentence, with exit code 2")
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus | Unknown option: '--bogus'. See benchmarks/speed/run --help.",
                "more | Unmatched argument at index 0: 'more'. See benchmarks/speed/run --help.",
                "--only | Missing required parameter",
                "--only=speed | There is no question 'speed'; choose one of free-cycle, hot-key, hand-off, renewal, cancel, fenced, adapter, spring.",
                "--results | Missing required parameter"
            })
    void wrongOptions(String option, String sentence) {
        assertRefused(run(option), sentence);
    }

    @Test
    void aFileIsNoDirectoryForResults(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertRefused(run("--quick", "--results=" + file), "The directory " + file + " cannot be written: ");
    }

    @Test
    void helpIsNoError() {
        assertThat(run("--help")).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("--quick", "--only=QUESTION", "--results=DIRECTORY", "--json", "hot-key", "Exit code:");
    }

    @Test
    void theQuestionsAnswerEveryKeyOnce() {
        List<Key> keys = SpeedRun.QUESTIONS.stream()
                .flatMap(question -> question.keys().stream())
                .toList();

        assertThat(keys).containsExactlyInAnyOrder(Key.values());
        assertThat(Arrays.stream(Key.values()).map(Key::json))
                .containsExactly(
                        "free1_vs_bare",
                        "free1_vs_redisson",
                        "free64_vs_bare",
                        "free64_vs_redisson",
                        "free1024_vs_bare",
                        "hot_local_vs_redisson",
                        "hot_remote_vs_redisson",
                        "hot_remote_evalsha_per_handoff",
                        "hot_remote_fairness",
                        "handoff_p50_vs_redisson",
                        "handoff_p99_vs_redisson",
                        "renew_calls_per_100_leases",
                        "renew_late",
                        "heap_bytes_per_lease",
                        "cancel_leaks",
                        "fenced_vs_plain_1",
                        "fenced_vs_plain_8",
                        "vertx_fenced_vs_plain_1",
                        "vertx_fenced_vs_plain_8",
                        "row_fenced_vs_plain_1",
                        "row_fenced_vs_plain_8",
                        "vertx_row_fenced_vs_plain_1",
                        "vertx_row_fenced_vs_plain_8",
                        "vertx1_vs_reactor",
                        "vertx64_vs_reactor",
                        "vertx_shared1_vs_reactor",
                        "vertx_shared64_vs_reactor",
                        "mutiny1_vs_reactor",
                        "mutiny64_vs_reactor",
                        "locked_vs_with_lock",
                        "meters_vs_none",
                        "observations_off_vs_none",
                        "observations_vs_none",
                        "bytes_per_cycle",
                        "bytes_per_cycle_redisson");
    }

    private int run(String... args) {
        return SpeedRun.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                args);
    }

    private void assertRefused(int exitCode, String sentence) {
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("benchmarks: ")
                .contains(sentence)
                .hasLineCount(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(exitCode).isEqualTo(2);
    }
}
