package io.reactivelock.pages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the snippets: fenced blocks of every page in Markdown, and blocks of code in the Javadoc of everything that is published,
 * but for the engine, which nobody else uses.
 *
 * <p>What a snippet leaves out stands in the preamble of its page, in {@code src/test/preambles}: imports, variables of the reader's
 * own, and types of the reader's own. The preamble of {@code docs/fencing.md} in Java is {@code docs/fencing.md.java} or, where there is
 * none, {@code docs.java}; so it goes up from folder to folder.
 */
final class Pages {
    static final Path ROOT = root();

    private static final Path PREAMBLES = Path.of("src", "test", "preambles");
    private static final Set<String> NOT_WALKED = Set.of("target", ".git", "internal", "results");
    private static final Path TESTS = Path.of("src", "test");
    private static final Pattern FENCE = Pattern.compile("( *)```(\\w*)");
    private static final Pattern PRE = Pattern.compile(" *\\* <pre>\\{@code");
    private static final Pattern PRE_END = Pattern.compile(" *\\* }</pre>.*");
    private static final Pattern COMMENT = Pattern.compile(" *\\* ?(.*)");

    private Pages() {}

    static List<Snippet> snippets() throws IOException {
        List<Snippet> snippets = new ArrayList<>();
        for (Path file : files()) {
            String page = ROOT.relativize(file).toString().replace('\\', '/');
            if (page.endsWith(".md")) {
                snippets.addAll(ofMarkdown(page, Files.readAllLines(file)));
            } else if (page.endsWith(".java") && !page.startsWith("benchmarks/")) {
                snippets.addAll(ofJavadoc(page, Files.readAllLines(file)));
            }
        }
        return snippets;
    }

    static List<Snippet> ofMarkdown(String page, List<String> lines) {
        List<Snippet> snippets = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher fence = FENCE.matcher(lines.get(i));
            if (fence.matches()) {
                String indent = fence.group(1);
                StringBuilder code = new StringBuilder();
                int begin = ++i;
                for (; !lines.get(i).equals(indent + "```"); i++) {
                    String line = lines.get(i);
                    code.append(line.startsWith(indent) ? line.substring(indent.length()) : line)
                            .append('\n');
                }
                snippets.add(new Snippet(page, begin + 1, fence.group(2), code.toString()));
            }
        }
        return snippets;
    }

    static List<Snippet> ofJavadoc(String page, List<String> lines) {
        List<Snippet> snippets = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (PRE.matcher(lines.get(i)).matches()) {
                StringBuilder code = new StringBuilder();
                int begin = ++i;
                for (; !PRE_END.matcher(lines.get(i)).matches(); i++) {
                    code.append(COMMENT.matcher(lines.get(i)).replaceFirst("$1"))
                            .append('\n');
                }
                snippets.add(new Snippet(page, begin + 1, "java", code.toString()));
            }
        }
        return snippets;
    }

    /** What the reader of a page has beside its snippets in a language; empty if nothing. */
    static String preamble(String page, String extension) {
        for (Path path = Path.of(page); path != null; path = path.getParent()) {
            Path preamble = PREAMBLES.resolve(path + "." + extension);
            if (Files.exists(preamble)) {
                return read(preamble);
            }
        }
        return "";
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_WALKED.contains(String.valueOf(folder.getFileName())) || folder.endsWith(TESTS)
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                files.add(file);
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        return files;
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path root() {
        try {
            return Path.of("..", "..").toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
