package io.reactivelock.pages;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * Reads XML. Of dependencies: each is published by this project or known to its poms, and says its version or stands on a page that
 * imports a BOM; a version that is said is one that this project is built with.
 */
final class XmlSnippets {
    private static final String OURS = "io.reactivelock";

    private XmlSnippets() {}

    static List<String> problems(List<Snippet> snippets) throws IOException, ParserConfigurationException {
        DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        builder.setErrorHandler(null);
        String poms = poms();
        String published = Files.readString(Pages.ROOT.resolve("reactive-lock/bom/pom.xml"));
        List<String> problems = new ArrayList<>();
        Map<Snippet, List<Element>> dependencies = new HashMap<>();
        Map<String, Set<String>> boms = new HashMap<>();
        for (Snippet snippet : snippets) {
            try {
                dependencies.put(snippet, dependencies(builder, snippet));
            } catch (SAXException e) {
                problems.add(snippet.problem(String.valueOf(e.getMessage())));
            }
        }
        dependencies.forEach((snippet, all) -> all.stream()
                .filter(it -> text(it, "scope").equals("import"))
                .forEach(it -> boms.computeIfAbsent(snippet.page(), page -> new HashSet<>())
                        .add(text(it, "groupId").equals(OURS) ? OURS : "")));
        dependencies.forEach((snippet, all) -> {
            for (Element dependency : all) {
                String group = text(dependency, "groupId");
                String artifact = text(dependency, "artifactId");
                String version = text(dependency, "version");
                boolean ours = group.equals(OURS);
                String tag = "<artifactId>" + artifact + "</artifactId>";
                if (ours ? !published.contains(tag) : !(poms.contains(tag) && poms.contains(">" + group + "<"))) {
                    problems.add(snippet.problem("names " + group + ":" + artifact + ", of which no pom knows"));
                } else if (version.isEmpty()
                        && !boms.getOrDefault(snippet.page(), Set.of()).contains(ours ? OURS : "")) {
                    problems.add(snippet.problem("says no version of " + artifact + ", and the page imports no BOM"));
                } else if (!version.isEmpty() && !(ours ? published : poms).contains(">" + version + "<")) {
                    problems.add(snippet.problem("names " + artifact + " " + version + ", which is not built with"));
                }
            }
        });
        return problems;
    }

    private static List<Element> dependencies(DocumentBuilder builder, Snippet snippet)
            throws IOException, SAXException {
        Element all = builder.parse(new InputSource(new StringReader("<all>" + snippet.code() + "</all>")))
                .getDocumentElement();
        List<Element> found = new ArrayList<>();
        NodeList nodes = all.getElementsByTagName("dependency");
        for (int i = 0; i < nodes.getLength(); i++) {
            found.add((Element) nodes.item(i));
        }
        return found;
    }

    private static String text(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
    }

    private static String poms() throws IOException {
        StringBuilder poms = new StringBuilder();
        try (Stream<Path> files = Files.find(
                Pages.ROOT,
                5,
                (file, attributes) ->
                        file.endsWith("pom.xml") && !file.toString().contains("target"))) {
            for (Path pom : files.toList()) {
                poms.append(Files.readString(pom));
            }
        }
        return poms.toString();
    }
}
