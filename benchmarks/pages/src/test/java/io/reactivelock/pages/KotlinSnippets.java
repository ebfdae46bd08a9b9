package io.reactivelock.pages;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/** Compiles snippets of Kotlin, each as a file of its own behind the preamble of its page. */
final class KotlinSnippets {
    private static final Pattern MESSAGE = Pattern.compile("(?:^|: )(?:exception|error|warning): ");

    private KotlinSnippets() {}

    static List<String> problems(List<Snippet> snippets, Path folder) throws IOException {
        Path sources = Files.createDirectory(folder.resolve("sources"));
        for (int i = 0; i < snippets.size(); i++) {
            Snippet snippet = snippets.get(i);
            String page = "package snippet" + i + '\n' + Pages.preamble(snippet.page(), "kt") + snippet.code();
            Files.writeString(sources.resolve(snippet.place().replaceAll("\\W", "_") + ".kt"), page);
        }
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            new K2JVMCompiler()
                    .exec(
                            out,
                            "-no-stdlib",
                            "-no-reflect",
                            "-jvm-target",
                            "17",
                            "-classpath",
                            classPath(),
                            "-d",
                            folder.resolve("classes").toString(),
                            sources.toString());
        }
        return said.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(it -> MESSAGE.matcher(it).find())
                .toList();
    }

    /** Without the folder for classes that this module has none of, of which the compiler would warn. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(it -> Files.exists(Path.of(it)))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
