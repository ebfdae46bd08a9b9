package io.reactivelock.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The application in benchmarks/quarkus is tested inside Quarkus each night, by a build of its own. */
@DisplayName("The page about Quarkus")
class QuarkusPageTest {
    private static final String PAGE = "docs/quarkus.md";
    private static final Path APPLICATION = Pages.ROOT.resolve("benchmarks/quarkus");
    private static final Pattern DEPENDENCY = Pattern.compile("<dependency>.*?</dependency>", Pattern.DOTALL);

    @Test
    @DisplayName("shows the code, the settings and the dependencies of the application that is tested")
    void showsTheApplication() throws IOException {
        List<Snippet> snippets = Pages.ofMarkdown(PAGE, Files.readAllLines(Pages.ROOT.resolve(PAGE)));
        String files = files();
        String pom = bare(Files.readString(APPLICATION.resolve("pom.xml")));

        assertThat(snippets).extracting(Snippet::language).contains("java", "properties", "xml");
        for (Snippet snippet : snippets) {
            if (snippet.language().equals("xml")) {
                assertThat(DEPENDENCY.matcher(bare(snippet.code())).results().map(MatchResult::group))
                        .isNotEmpty()
                        .allSatisfy(dependency -> assertThat(pom).contains(dependency));
            } else {
                assertThat(files).as(snippet.place()).contains(snippet.code());
            }
        }
    }

    private static String files() throws IOException {
        try (Stream<Path> files = Files.walk(APPLICATION.resolve("src/main"))) {
            return files.filter(Files::isRegularFile).map(Pages::read).collect(Collectors.joining("\n"));
        }
    }

    /** Without comments and space. */
    private static String bare(String xml) {
        return xml.replaceAll("(?s)<!--.*?-->", "").replaceAll("\\s", "");
    }
}
