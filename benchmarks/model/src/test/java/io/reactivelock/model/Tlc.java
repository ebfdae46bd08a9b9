package io.reactivelock.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One run of TLC over FencedLock.tla, in a JVM of its own, for TLC keeps its state in static fields. */
final class Tlc {
    private static final String MODULE = "FencedLock.tla";
    private static final Pattern END =
            Pattern.compile("(\\d+) states generated, (\\d+) distinct states found, (\\d+) states left on queue\\.");
    private static final Pattern DEPTH = Pattern.compile("The depth of the complete state graph search is (\\d+)\\.");
    private static final Pattern BROKEN = Pattern.compile("Error: (?:Invariant|Action property) (\\w+) is violated\\.");
    private static final Pattern IDLE_ACTION =
            Pattern.compile("<(\\w+) line \\d+, col \\d+ to line \\d+, col \\d+ of module FencedLock>: \\d+:0\\R");

    private Tlc() {}

    /**
     * What a run found.
     *
     * @param generated states, some of them several times
     * @param distinct states
     * @param left states whose successors were not looked at
     * @param depth the longest of the shortest ways to a state
     * @param broken the rule that does not hold, if any
     * @param idleActions those that were never taken, where they were counted
     * @param time how long it took
     * @param output all that TLC said, with the steps that lead to the broken rule
     */
    record Report(
            long generated,
            long distinct,
            long left,
            long depth,
            Optional<ModelRule> broken,
            Set<String> idleActions,
            Duration time,
            String output) {
        @Override
        public String toString() {
            return "%d states, %d of them distinct, depth %d, %d left, %.1f s"
                    .formatted(generated, distinct, depth, left, time.toMillis() / 1e3);
        }
    }

    /**
     * Checks the rules until one is broken, or all states are known.
     *
     * @param name of the directory below target/tlc, which keeps the configuration and the output
     * @param variant as in FencedLock.tla
     * @param options more options of TLC
     */
    static Report check(String name, String variant, Bounds bounds, List<ModelRule> rules, String... options)
            throws IOException, InterruptedException {
        Path directory = Files.createDirectories(Path.of("target", "tlc", name));
        Files.writeString(
                directory.resolve("FencedLock.cfg"),
                "SPECIFICATION Spec\n" + bounds.configuration() + "  Variant = \"" + variant + "\"\n"
                        + "SYMMETRY Symmetry\nVIEW View\nCHECK_DEADLOCK FALSE\n" + ModelRule.configuration(rules));
        Files.writeString(directory.resolve(MODULE), Files.readString(Path.of(MODULE)));
        Path output = directory.resolve("output.txt");
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command(options))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            process.waitFor();
        } finally {
            process.destroyForcibly();
        }
        return report(Files.readString(output), Duration.ofNanos(System.nanoTime() - start));
    }

    private static List<String> command(String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseParallelGC",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                "tlc2.TLC",
                "-workers",
                "auto",
                "-metadir",
                "states",
                MODULE));
        command.addAll(command.size() - 1, List.of(options));
        return command;
    }

    private static Report report(String output, Duration time) {
        MatchResult end =
                last(END, output).orElseThrow(() -> new IllegalStateException("TLC came to no end:\n" + output));
        MatchResult depth = last(DEPTH, output).orElseThrow();
        Set<String> idle = new TreeSet<>();
        Matcher idleAction = IDLE_ACTION.matcher(output);
        while (idleAction.find()) {
            idle.add(idleAction.group(1));
        }
        return new Report(
                Long.parseLong(end.group(1)),
                Long.parseLong(end.group(2)),
                Long.parseLong(end.group(3)),
                Long.parseLong(depth.group(1)),
                last(BROKEN, output).map(match -> ModelRule.valueOf(match.group(1))),
                idle,
                time,
                output);
    }

    private static Optional<MatchResult> last(Pattern pattern, String output) {
        return pattern.matcher(output).results().reduce((earlier, later) -> later);
    }
}
