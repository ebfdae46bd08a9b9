package io.reactivelock.mutations;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One hunk of a unified patch. It is found by its text alone, which has to be in the file once: line numbers drift, text that has
 * changed needs a new look.
 *
 * @param file from the root of the project
 * @param before the lines that it replaces
 * @param after the lines that take their place
 */
record Edit(String file, String before, String after) {
    private static final Pattern FILE = Pattern.compile("\\+\\+\\+ b/(\\S+)");

    /** Reads the hunks of a patch. */
    static List<Edit> parse(List<String> patch) {
        List<Edit> edits = new ArrayList<>();
        String file = "";
        StringBuilder before = new StringBuilder();
        StringBuilder after = new StringBuilder();
        for (String line : patch) {
            Matcher name = FILE.matcher(line);
            boolean starts = line.startsWith("--- ") || line.startsWith("@@");
            if ((starts || name.matches()) && before.length() > 0) {
                edits.add(new Edit(file, before.toString(), after.toString()));
                before.setLength(0);
                after.setLength(0);
            }
            if (name.matches()) {
                file = name.group(1);
            } else if (!starts && !line.isEmpty()) {
                char kind = line.charAt(0);
                String text = line.substring(1) + '\n';
                if (kind != '+') {
                    before.append(text);
                }
                if (kind != '-') {
                    after.append(text);
                }
            }
        }
        if (before.length() > 0) {
            edits.add(new Edit(file, before.toString(), after.toString()));
        }
        return edits;
    }

    String applyTo(String text) {
        int at = text.indexOf(before);
        if (at < 0 || text.indexOf(before, at + 1) >= 0) {
            throw new IllegalStateException(
                    file + " has " + (at < 0 ? "no" : "more than one") + " place that reads\n" + before);
        }
        return text.substring(0, at) + after + text.substring(at + before.length());
    }
}
