package io.reactivelock.mutiny;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class QuarkusPageTest {
    @Test
    void showsCodeThatCompiles() throws IOException {
        String page = Files.readString(Path.of("..", "..", "docs", "quarkus.md"));
        String source =
                Files.readString(Path.of("src", "test", "java", "io", "reactivelock", "mutiny", "QuarkusPage.java"));
        List<String> blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
        assertThat(blocks).hasSize(3).allSatisfy(block -> assertThat(source).contains(block));
    }
}
