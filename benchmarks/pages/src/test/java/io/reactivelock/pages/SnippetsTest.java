package io.reactivelock.pages;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.testservers.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
@DisplayName("Each snippet of each page")
class SnippetsTest {
    /** What the tests below read, and what is no code: output, keys, ways of a message. */
    private static final Set<String> LANGUAGES =
            Set.of("java", "kotlin", "sql", "xml", "sh", "properties", "yaml", "json", "text");

    private static Map<String, List<Snippet>> byLanguage;

    @BeforeAll
    static void read() throws IOException {
        byLanguage = Pages.snippets().stream().collect(groupingBy(Snippet::language));
    }

    @Test
    @DisplayName("is in a language that is read here, and says so")
    void isRead() {
        assertThat(byLanguage.keySet()).isSubsetOf(LANGUAGES);
        assertThat(of("java")).extracting(Snippet::page).contains("README.md", "docs/quarkus.md", "docs/vertx.md");
        assertThat(of("java")).hasSizeGreaterThan(45);
        assertThat(byLanguage.keySet()).contains("kotlin", "sql", "xml", "sh");
    }

    @Test
    @DisplayName("in Java compiles")
    void compilesInJava() {
        assertThat(JavaSnippets.problems(withWrong(
                        "java",
                        "LockRequest.of(\"a\");\nlocks.withLock(42);",
                        "@Override\nvoid notThere() {}",
                        "import java.util.List;\nclass Wrong { Lits<String> list; }",
                        "locks.close(;")))
                .satisfiesExactlyInAnyOrder(
                        it -> assertThat(it).startsWith("docs/wrong.md:11 "),
                        it -> assertThat(it).startsWith("docs/wrong.md:20 "),
                        it -> assertThat(it).startsWith("docs/wrong.md:31 "),
                        it -> assertThat(it).startsWith("docs/wrong.md:40 "));
    }

    @Test
    @DisplayName("in Kotlin compiles")
    void compilesInKotlin(@TempDir Path folder) throws IOException {
        assertThat(KotlinSnippets.problems(withWrong("kotlin", "val a: Int = \"\""), folder))
                .singleElement()
                .asString()
                .contains("docs_wrong_md_10.kt");
    }

    @Test
    @DisplayName("in SQL runs")
    void runsInSql() {
        assertThat(SqlSnippets.problems(withWrong("sql", "SELEC 1"), PostgresServer.shared()))
                .containsExactly("docs/wrong.md:10 syntax error at or near \"SELEC\"");
    }

    @Test
    @DisplayName("for Maven names what there is, in a version that is known")
    void namesArtifacts() throws IOException, ParserConfigurationException {
        assertThat(XmlSnippets.problems(withWrong(
                        "xml",
                        dependency("io.reactivelock", "reactive-lock", ""),
                        dependency("io.reactivelock", "reactive-lock-redis", ""),
                        dependency("io.reactivelock", "reactive-lock-redis", "0.0.1"),
                        dependency("io.r2dbc", "r2dbc-pool", "0.0.1"),
                        dependency("io.r2dbc", "r2dbc-pond", "1.0.2.RELEASE"),
                        "<dependency>")))
                .hasSize(6)
                .allMatch(it -> it.startsWith("docs/wrong.md"));
    }

    @Test
    @DisplayName("for a shell names scripts, modules and tests that are there")
    void namesFiles() throws IOException {
        assertThat(ShellSnippets.problems(
                        withWrong("sh", "benchmarks/none/run\n./mvnw -pl reactive-lock/none test -Dtest=NoneTest")))
                .hasSize(3)
                .allMatch(it -> it.startsWith("docs/wrong.md"));
    }

    @Test
    @DisplayName("with settings names those that are known")
    void namesSettings() throws IOException {
        List<Snippet> settings = new ArrayList<>();
        settings.addAll(withWrong("properties", "logging.level.root=info\nserver.prot=80"));
        settings.addAll(withWrong("json", "{\"a\":"));
        settings.addAll(withWrong(
                "yaml", "spring:\n  r2dbc:\n    url: r2dbc:postgresql://shop@localhost/shop\n    ulr: none\n"));
        assertThat(SettingSnippets.problems(settings)).hasSize(3).allMatch(it -> it.startsWith("docs/wrong.md"));
    }

    private static List<Snippet> of(String language) {
        return byLanguage.getOrDefault(language, List.of());
    }

    /** What the pages have, and what must be seen to be wrong: so each test is seen to fail, in each run. */
    private static List<Snippet> withWrong(String language, String... wrong) {
        List<Snippet> snippets = new ArrayList<>(of(language));
        int line = 0;
        for (String code : wrong) {
            snippets.add(new Snippet("docs/wrong.md", line += 10, language, code));
        }
        return snippets;
    }

    private static String dependency(String group, String artifact, String version) {
        return "<dependency><groupId>" + group + "</groupId><artifactId>" + artifact + "</artifactId>"
                + (version.isEmpty() ? "" : "<version>" + version + "</version>") + "</dependency>";
    }
}
