package io.reactivelock.races;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;

/**
 * Runs the races of this module: two threads each, some hundred thousand times, in JVMs of their own. All in one test, for jcstress
 * never forgets a configuration: a second run in this JVM would do everything twice.
 */
@Tag("long")
class RacesTest {
    private static final int RACES = 14;

    /** The smaller the strides, the less time beyond that of the iterations. */
    private static final String SHORT =
            "-sc false -af NONE -pth false -jvmArgs -Xmx256m -f 1 -iters 1 -time 500 -strideSize 128";

    /** The arguments of a longer run, such as {@code -m quick}. */
    private static final String HOW = System.getProperty("reactivelock.races", SHORT);

    @TempDir
    private Path reports;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS) // a longer run
    @DisplayName("A1, A3, B5, C7, F5, F10, G2: races end in no other way than they say, and that of the canary does")
    void races() throws Exception {
        if (Runtime.getRuntime().availableProcessors() < 2) {
            String reason = "Races are not run: they need two processors";
            System.out.println(reason);
            Assumptions.abort(reason);
        }
        List<String> arguments = new ArrayList<>(List.of(HOW.split(" ")));
        Collections.addAll(arguments, "-t", "io.reactivelock", "-r", reports.toString());
        Options options = new Options(arguments.toArray(String[]::new));
        assertThat(options.parse()).isTrue();
        JCStress races = new JCStress(options);

        AssertionError failures = assertThrows(AssertionError.class, races::run);

        assertThat(failures.getMessage().lines().skip(1))
                .isNotEmpty()
                .allSatisfy(failure -> assertThat(failure)
                        .startsWith(LostUpdate.class.getName())
                        .contains("Observed forbidden state: 1"));
        assertThat(races.getTests())
                .hasSize(RACES + 1)
                .allSatisfy(race -> assertThat(reports.resolve(race + ".html")).exists());
    }
}
