package io.reactivelock.pages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads commands: the files, the modules and the tests that they name are there. Runs none. */
final class ShellSnippets {
    private static final Pattern SCRIPT = Pattern.compile("(?:\\./)?[.\\w-]+(?:/[.\\w-]+)*");
    private static final Pattern MODULES = Pattern.compile("-pl ([\\w/,-]+)");
    private static final Pattern TESTS = Pattern.compile("-Dtest=([\\w,]+)");

    private ShellSnippets() {}

    static List<String> problems(List<Snippet> snippets) throws IOException {
        String tests;
        try (Stream<Path> files = Files.walk(Pages.ROOT)) {
            tests = files.filter(it ->
                            it.toString().contains("src" + it.getFileSystem().getSeparator() + "test"))
                    .map(it -> String.valueOf(it.getFileName()))
                    .collect(Collectors.joining("\n", "\n", "\n"));
        }
        List<String> problems = new ArrayList<>();
        for (Snippet snippet : snippets) {
            for (String command : snippet.code().replace("\\\n", " ").lines().toList()) {
                String script = command.strip().split("[ ;]", 2)[0];
                if (script.contains("/") && SCRIPT.matcher(script).matches() && !isExecutable(script)) {
                    problems.add(snippet.problem("names " + script + ", which cannot be run"));
                }
                named(MODULES, command)
                        .filter(it -> !Files.exists(Pages.ROOT.resolve(it).resolve("pom.xml")))
                        .forEach(it -> problems.add(snippet.problem("names " + it + ", which is no module")));
                named(TESTS, command)
                        .filter(it -> !tests.contains("\n" + it + ".java\n"))
                        .forEach(it -> problems.add(snippet.problem("names " + it + ", which is no test")));
            }
        }
        return problems;
    }

    private static boolean isExecutable(String script) {
        Path file = Pages.ROOT.resolve(script).normalize();
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }

    private static Stream<String> named(Pattern pattern, String command) {
        Matcher matcher = pattern.matcher(command);
        return matcher.results()
                .map((MatchResult it) -> Objects.requireNonNull(it.group(1)))
                .flatMap(it -> Stream.of(it.split(",")));
    }
}
