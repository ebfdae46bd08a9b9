package io.reactivelock.mutations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A bug, and the test that has to notice it.
 *
 * @param id the first rule that it breaks, and what is wrong
 * @param rules the rules that it breaks
 * @param bug what is wrong, in words
 * @param test the test
 * @param edits how the bug gets into the code
 */
record SeededBug(String id, List<String> rules, String bug, KillingTest test, List<Edit> edits) {
    static final String DIRECTORY = "benchmarks/mutations/bugs";

    private static final String SUFFIX = ".patch";

    /** Reads all bugs of the project, in the order of their ids. */
    static List<SeededBug> all(Path root) throws IOException {
        List<Path> files;
        try (Stream<Path> list = Files.list(root.resolve(DIRECTORY))) {
            files = list.filter(file -> file.toString().endsWith(SUFFIX)).toList();
        }
        List<SeededBug> bugs = new ArrayList<>();
        for (Path file : files) {
            bugs.add(read(file));
        }
        bugs.sort(Comparator.comparing(SeededBug::sortKey));
        return bugs;
    }

    private static SeededBug read(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        String text = Files.readString(file);
        int patch = text.indexOf("--- a/");
        if (patch < 0) {
            throw new IllegalStateException(name + " holds no patch");
        }
        Map<String, String> header = text.substring(0, patch)
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> line.split(": ", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        if (!header.keySet().equals(Set.of("Rules", "Bug", "Test"))) {
            throw new IllegalStateException(
                    name + " has the header lines " + header.keySet() + ", not Rules, Bug, Test");
        }
        return new SeededBug(
                name.substring(0, name.length() - SUFFIX.length()),
                List.of(header.getOrDefault("Rules", "").split(", ")),
                header.getOrDefault("Bug", ""),
                KillingTest.parse(header.getOrDefault("Test", "")),
                Edit.parse(text.substring(patch).lines().toList()));
    }

    /** Rules by letter, then by number. */
    private String sortKey() {
        int dash = id.indexOf('-');
        return id.charAt(0) + String.format("%03d", Integer.parseInt(id.substring(1, dash))) + id.substring(dash);
    }

    /** Whether the id begins so: with A, with A1 but not with A10, or with more of it. */
    boolean isMeantBy(String beginning) {
        Pattern whole = Pattern.compile(Pattern.quote(beginning) + "(?!(?<=\\d)\\d).*");
        return whole.matcher(id).matches();
    }

    /** The text of each file that it changes, with the bug in it. */
    Map<String, String> applyIn(Path root) throws IOException {
        Map<String, String> changed = new LinkedHashMap<>();
        for (Edit edit : edits) {
            String text = changed.get(edit.file());
            if (text == null) {
                text = Files.readString(root.resolve(edit.file()));
            }
            changed.put(edit.file(), edit.applyTo(text));
        }
        return changed;
    }
}
