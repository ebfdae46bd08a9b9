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

    private static Map<String, Module> modules;

    /**
     * @param folder from the root of the project
     * @param artifact its artifact id
     * @param needs the artifact ids of what it depends on, in whatever scope
     */
    record Module(String folder, String artifact, Set<String> needs) {
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
    @DisplayName("would be seen to break")
    void isSeenToBreak() {
        Module chaos = new Module("benchmarks/chaos", "chaos", Set.of());
        Module one = new Module("reactive-lock/backends/one", "one", Set.of("chaos"));
        Module two = new Module("reactive-lock/backends/two", "two", Set.of("one"));
        Module quorum = new Module("reactive-lock/backends/quorum", "quorum", Set.of("two"));

        assertThat(broken(Map.of("chaos", chaos, "one", one, "two", two, "quorum", quorum)))
                .containsExactlyInAnyOrder(
                        "one is published and needs chaos, which is not", "two is a backend and needs one, another");
    }

    private static Module room(String artifact) {
        return Objects.requireNonNull(modules.get(artifact), artifact);
    }

    private static List<String> broken(Map<String, Module> house) {
        List<String> broken = new ArrayList<>();
        for (Module module : house.values()) {
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
        for (Element dependencies : children(project, "dependencies")) {
            for (Element dependency : children(dependencies, "dependency")) {
                needs.add(text(dependency, "artifactId"));
            }
        }
        String folder = root.relativize(Objects.requireNonNull(pom.getParent())).toString();
        return new Module(folder, text(project, "artifactId"), needs);
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
