package io.reactivelock.mutations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The list keeps up with the code: what is on it can be run. That each bug is killed is for the run to say. */
@DisplayName("The seeded bugs")
class SeededBugsTest {
    /** How many rules each letter has in docs/mutations.md. */
    private static final Map<String, Integer> RULES =
            Map.of("A", 10, "B", 16, "C", 10, "D", 10, "E", 21, "F", 11, "G", 8);

    private static Path root;
    private static List<SeededBug> bugs;

    @BeforeAll
    static void read() throws IOException {
        root = Path.of("../..").toRealPath();
        bugs = SeededBug.all(root);
    }

    @Test
    @DisplayName("apply to the code as it is, and change it")
    void apply() throws IOException {
        for (SeededBug bug : bugs) {
            for (Map.Entry<String, String> file : bug.applyIn(root).entrySet()) {
                assertThat(file.getValue()).as(bug.id()).isNotEqualTo(Files.readString(root.resolve(file.getKey())));
            }
        }
    }

    @Test
    @DisplayName("name tests that exist")
    void nameTests() throws IOException {
        for (SeededBug bug : bugs) {
            assertThat(bug.test().exists(root)).as(bug.id() + ": " + bug.test()).isTrue();
        }
    }

    @Test
    @DisplayName("are published as they are")
    void arePublished() throws IOException {
        assertThat(Files.readString(root.resolve(Page.FILE)))
                .as("benchmarks/mutations/run writes the table")
                .contains(Page.table(bugs));
    }

    @Test
    @DisplayName("break every rule, or the page says why not")
    void breakEveryRule() throws IOException {
        String page = Files.readString(root.resolve(Page.FILE));
        Stream<String> rules = RULES.entrySet().stream()
                .flatMap(letter -> IntStream.rangeClosed(1, letter.getValue()).mapToObj(i -> letter.getKey() + i));

        assertThat(rules)
                .allSatisfy(rule -> assertThat(page.contains("\n| " + rule + " | ")
                                || bugs.stream().anyMatch(bug -> bug.rules().contains(rule)))
                        .isTrue());
    }

    @Test
    @DisplayName("are refused where the code has changed")
    void areRefusedWhereTheCodeHasChanged() {
        Edit edit = Edit.parse(List.of("--- a/X", "+++ b/X", "@@ -1,2 +1,2 @@", " one", "-two", "+three"))
                .get(0);

        assertThat(edit.applyTo("zero\none\ntwo\n")).isEqualTo("zero\none\nthree\n");
        assertThatThrownBy(() -> edit.applyTo("one\nfour\n")).hasMessageContaining("no place");
        assertThatThrownBy(() -> edit.applyTo("one\ntwo\none\ntwo\n")).hasMessageContaining("more than one place");
    }
}
