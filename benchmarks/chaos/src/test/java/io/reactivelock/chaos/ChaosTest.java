package io.reactivelock.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The command")
class ChaosTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest(name = "{0}")
    @DisplayName("refuses what cannot be done in one sentence, with exit code 2")
    @CsvSource(
            delimiter = '|',
            value = {
                "--json | Missing required option: '--minutes=N'",
                "--minutes=0 | --minutes is from 1 to 1440, not 0.",
                "--minutes=1441 | --minutes is from 1 to 1440, not 1441.",
                "--minutes=long | Invalid value for option '--minutes'",
                "--minutes=1 --processes=1 | --processes is from 2 to 32, because a stale write needs a rival, not 1.",
                "--minutes=1 --processes=33 | --processes is from 2 to 32",
                "--minutes=1 --seed=x | Invalid value for option '--seed'",
                "--minutes=1 --topology=ring | Invalid value for option '--topology'",
                "--minutes=1 --min-rate=-1 | --min-rate is 0 or more, not -1.",
                "--minutes=1 --min-kinds=-1 | --min-kinds is 0 or more, not -1.",
                "--minutes=1 --bogus | Unknown option: '--bogus'"
            })
    void wrongOptions(String options, String sentence) {
        int exitCode = run(options.split(" "));

        assertThat(text(err)).startsWith("chaos: ").contains(sentence).hasLineCount(1);
        assertThat(text(out)).isEmpty();
        assertThat(exitCode).isEqualTo(2);
    }

    @Test
    void helpIsNoError() {
        int exitCode = run("--help");

        assertThat(text(out)).contains("--minutes=N", "--seed=S", "--json", "--topology=T", "Exit code:");
        assertThat(text(err)).isEmpty();
        assertThat(exitCode).isZero();
    }

    private int run(String... options) {
        return Chaos.run(print(out), print(err), options);
    }

    private static PrintStream print(ByteArrayOutputStream to) {
        return new PrintStream(to, true, Charset.defaultCharset());
    }

    private static String text(ByteArrayOutputStream written) {
        return written.toString(Charset.defaultCharset());
    }
}
