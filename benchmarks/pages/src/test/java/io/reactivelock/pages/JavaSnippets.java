package io.reactivelock.pages;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles snippets in memory, all in one go, without a class file. A page is a package: types that one of its snippets declares are
 * known to the others. Whether a snippet is a file, the body of a method or the body of a class is found by parsing; the latter two
 * inherit what the preamble of the page declares.
 */
final class JavaSnippets {
    private static final JavaCompiler JAVAC = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    private static final Pattern IMPORT = Pattern.compile("(?m)^import [^;]+;$");
    private static final List<String> OPTIONS = List.of(
            "--release",
            "17",
            "-proc:none",
            "-implicit:none",
            "-Xlint:deprecation,removal,unchecked,rawtypes,static,varargs,cast",
            "--should-stop=ifError=FLOW");

    /** In the order in which they are tried; what stands before the snippet is one line. */
    private enum Shape {
        FILE("", ""),
        STATEMENTS("abstract class %s extends Preamble { void shown() {", "}}"),
        MEMBERS("abstract class %s extends Preamble {", "}");

        private final String begin;
        private final String end;

        Shape(String begin, String end) {
            this.begin = begin;
            this.end = end;
        }

        String around(Snippet snippet, String imports) {
            return "package " + packageOf(snippet.page()) + "; " + imports + begin.formatted("Line" + snippet.line())
                    + '\n' + snippet.code() + end;
        }
    }

    private JavaSnippets() {}

    /** What is wrong with them, by page and line. */
    static List<String> problems(List<Snippet> snippets) {
        try (StandardJavaFileManager files = JAVAC.getStandardFileManager(null, Locale.ROOT, null)) {
            List<String> problems = new ArrayList<>();
            Map<String, Source> sources = new LinkedHashMap<>();
            for (Snippet snippet : snippets) {
                String preamble = Pages.preamble(snippet.page(), "java");
                sources.computeIfAbsent(snippet.page(), page -> Source.preamble(page, preamble));
                String imports = IMPORT.matcher(preamble)
                        .results()
                        .map(MatchResult::group)
                        .collect(Collectors.joining(" ", "", " "));
                List<List<String>> refusals = new ArrayList<>();
                for (Shape shape : Shape.values()) {
                    Source source = new Source(snippet, 1, shape.around(snippet, imports));
                    List<String> refusal = parse(files, source);
                    if (refusal.isEmpty()) {
                        sources.put(snippet.place(), source);
                        refusals.clear();
                        break;
                    }
                    refusals.add(refusal);
                }
                Collections.reverse(refusals); // most snippets are no files
                refusals.stream().min(Comparator.comparingInt(List::size)).ifPresent(problems::addAll);
            }
            problems.addAll(analyze(files, sources.values()));
            return problems;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> parse(StandardJavaFileManager files, Source source) throws IOException {
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        task(files, said, List.of(source)).parse();
        return problems(said);
    }

    private static List<String> analyze(StandardJavaFileManager files, Iterable<Source> sources) throws IOException {
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        task(files, said, sources).analyze();
        return problems(said);
    }

    private static JavacTask task(
            StandardJavaFileManager files, DiagnosticCollector<JavaFileObject> said, Iterable<Source> sources) {
        StringWriter noFile = new StringWriter();
        return (JavacTask) JAVAC.getTask(noFile, files, said, OPTIONS, null, sources);
    }

    private static List<String> problems(DiagnosticCollector<JavaFileObject> said) {
        return said.getDiagnostics().stream()
                .filter(it -> it.getKind() != Diagnostic.Kind.NOTE)
                .flatMap(it -> it.getSource() instanceof Source source
                        ? Stream.of(source.place(it.getLineNumber()) + " " + it.getMessage(Locale.ROOT))
                        : Stream.of(it.getMessage(Locale.ROOT)))
                .toList();
    }

    private static String packageOf(String page) {
        return "pages." + page.replaceAll("\\W", "_");
    }

    /** A source in memory, whose lines are those of its page. */
    private static final class Source extends SimpleJavaFileObject {
        private final Snippet snippet;
        private final int before;
        private final String text;

        Source(Snippet snippet, int before, String text) {
            super(URI.create("page:///" + snippet.place().replaceAll("\\W", "_") + ".java"), Kind.SOURCE);
            this.snippet = snippet;
            this.before = before;
            this.text = text;
        }

        static Source preamble(String page, String preamble) {
            String code = preamble.isEmpty() ? "class Preamble {}" : preamble;
            return new Source(
                    new Snippet("preamble of " + page, 1, "java", code), 0, "package " + packageOf(page) + "; " + code);
        }

        String place(long line) {
            return snippet.page() + ':' + (snippet.line() + line - 1 - before);
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }

        /** A public class may stand in it, whatever its name. */
        @Override
        public boolean isNameCompatible(String simpleName, Kind kind) {
            return kind == Kind.SOURCE && !simpleName.equals("package-info") && !simpleName.equals("module-info");
        }
    }
}
