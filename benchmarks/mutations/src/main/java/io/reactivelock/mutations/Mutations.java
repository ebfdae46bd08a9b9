package io.reactivelock.mutations;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Seeds the bugs and says which were killed. */
final class Mutations {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private Mutations() {}

    /** Arguments: the root of the project, and beginnings of the ids of bugs; without these, all. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path root = Path.of(args[0]).toAbsolutePath();
        List<String> wanted = List.of(args).subList(1, args.length);
        List<SeededBug> bugs = SeededBug.all(root).stream()
                .filter(bug -> wanted.isEmpty() || wanted.stream().anyMatch(bug::isMeantBy))
                .toList();
        if (bugs.isEmpty()) {
            OUT.println("mutations: there is no bug whose id begins with one of " + wanted);
            System.exit(2);
        }
        long start = System.nanoTime();
        Scratch scratch = new Scratch(root);
        scratch.prepare(bugs.stream().map(bug -> bug.test().module()).collect(Collectors.toCollection(TreeSet::new)));
        Controls controls = new Controls(scratch, bugs);
        List<String> alive = new ArrayList<>();
        for (SeededBug bug : bugs) {
            long began = System.nanoTime();
            Verdict verdict = controls.areGreen(bug.test())
                    ? scratch.judge(bug)
                    : new Verdict(Verdict.Outcome.NOT_JUDGED, "its test is red without it");
            OUT.printf("%-10s %-44s %5.1f s  %s%n", verdict.outcome(), bug.id(), seconds(began), verdict.summary());
            if (!verdict.isKill()) {
                alive.add(bug.id());
            }
        }
        OUT.printf("%d bugs, %d killed, in %.0f s%n", bugs.size(), bugs.size() - alive.size(), seconds(start));
        if (wanted.isEmpty()) {
            Page.write(root, bugs, "The last run of all: " + bugs.size() + " bugs, " + killed(bugs, alive) + '.');
        }
        if (!alive.isEmpty()) {
            OUT.println("not killed: " + alive);
            System.exit(1);
        }
    }

    private static String killed(List<SeededBug> bugs, List<String> alive) {
        return alive.isEmpty()
                ? "all killed"
                : bugs.size() - alive.size() + " killed; not killed: " + String.join(", ", alive);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
