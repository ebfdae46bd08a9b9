package io.reactivelock.mutations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Reads the names of all source files: a simple name means one thing in the whole repository. */
@DisplayName("The names")
class NamesTest {
    private static final String SOURCE = ".java";

    private static final Set<String> NOT_WALKED = Set.of("target", ".git");

    /** These have no type of their own name. */
    private static final Set<String> NO_TYPES = Set.of("package-info", "module-info");

    /** The names that stand more than once, and why each still means one thing. */
    private static final Map<String, String> SHARED = Map.of(
            "HouseRulesTest", "Every module checks its own classes for the same house rules.",
            "BlockHoundTest", "Every module checks in the same way that its agent detects blocking calls.");

    @Test
    @DisplayName("mean one thing each")
    void meanOneThing() throws IOException {
        Path root = Path.of("../..").toRealPath();
        List<Path> sources = sources(root);

        assertThat(sources).hasSizeGreaterThan(400);
        assertThat(broken(sources, SHARED.keySet())).isEmpty();
    }

    @Test
    @DisplayName("would be seen to mean two things, or to be shared no longer")
    void areSeenToBreak() {
        List<Path> sources = Stream.of(
                        "one/Plan.java",
                        "two/Plan.java",
                        "one/HouseRulesTest.java",
                        "two/HouseRulesTest.java",
                        "one/Once.java",
                        "one/package-info.java",
                        "two/package-info.java")
                .map(Path::of)
                .toList();

        assertThat(broken(sources, Set.of("HouseRulesTest", "Once")))
                .containsExactlyInAnyOrder(
                        "Plan is used 2 times: " + List.of(Path.of("one/Plan.java"), Path.of("two/Plan.java")),
                        "Once is listed as shared, and is not");
    }

    private static List<String> broken(List<Path> sources, Set<String> shared) {
        Map<String, List<Path>> byName = sources.stream()
                .filter(source -> !NO_TYPES.contains(name(source)))
                .collect(Collectors.groupingBy(NamesTest::name, TreeMap::new, Collectors.toList()));
        List<String> broken = new ArrayList<>();
        byName.forEach((name, places) -> {
            if (places.size() > 1 && !shared.contains(name)) {
                broken.add(name + " is used " + places.size() + " times: " + places);
            }
        });
        for (String name : shared) {
            if (byName.getOrDefault(name, List.of()).size() < 2) {
                broken.add(name + " is listed as shared, and is not");
            }
        }
        return broken;
    }

    private static String name(Path source) {
        String file = String.valueOf(source.getFileName());
        return file.substring(0, file.length() - SOURCE.length());
    }

    private static List<Path> sources(Path root) throws IOException {
        List<Path> sources = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_WALKED.contains(String.valueOf(folder.getFileName()))
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(SOURCE)) {
                    sources.add(root.relativize(file));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return sources;
    }
}
