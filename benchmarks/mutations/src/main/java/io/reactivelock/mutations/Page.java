package io.reactivelock.mutations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The table in docs/mutations.md. The rest of that page is written by hand. */
final class Page {
    static final String FILE = "docs/mutations.md";

    private static final String BEGIN = "<!-- written by benchmarks/mutations/run -->\n";
    private static final String END = "<!-- end -->\n";

    private Page() {}

    /** The bugs, and what has to kill each. */
    static String table(List<SeededBug> bugs) {
        return "| bug | rules | what is wrong | killed by |\n|---|---|---|---|\n"
                + bugs.stream()
                        .map(bug -> "| [" + bug.id() + "](../" + SeededBug.DIRECTORY + '/' + bug.id() + ".patch) | "
                                + String.join(", ", bug.rules()) + " | " + bug.bug() + " | `"
                                + bug.test().shortName() + "` |\n")
                        .collect(Collectors.joining());
    }

    /** Writes the table, and what the last run of all of it came to. */
    static void write(Path root, List<SeededBug> bugs, String result) throws IOException {
        Path page = root.resolve(FILE);
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        Files.writeString(
                page, text.substring(0, begin) + result + "\n\n" + table(bugs) + text.substring(text.indexOf(END)));
    }
}
