package io.reactivelock.pages;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads properties, YAML and JSON. Of settings for Spring Boot, each is one of which the metadata of a jar on the class path knows,
 * ours or Boot's own.
 */
final class SettingSnippets {
    private static final Pattern OF_BOOT = Pattern.compile("(reactive-lock|spring|management|server)\\..*");
    private static final List<String> METADATA = List.of(
            "META-INF/spring-configuration-metadata.json", "META-INF/additional-spring-configuration-metadata.json");

    private SettingSnippets() {}

    static List<String> problems(List<Snippet> snippets) throws IOException {
        Map<String, String> known = known();
        List<String> problems = new ArrayList<>();
        for (Snippet snippet : snippets) {
            try {
                for (String name : names(snippet)) {
                    if (OF_BOOT.matcher(name).matches() && !isKnown(known, name)) {
                        problems.add(snippet.problem("names " + name + ", of which no metadata knows"));
                    }
                }
            } catch (JacksonException | IOException | IllegalStateException e) {
                problems.add(snippet.problem(String.valueOf(e.getMessage())));
            }
        }
        return problems;
    }

    private static List<String> names(Snippet snippet) throws IOException {
        if (snippet.language().equals("json")) {
            JsonMapper.shared().readTree(snippet.code());
            return List.of();
        }
        ByteArrayResource resource = new ByteArrayResource(snippet.code().getBytes(StandardCharsets.UTF_8));
        List<PropertySource<?>> sources = snippet.language().equals("yaml")
                ? new YamlPropertySourceLoader().load(snippet.place(), resource)
                : new PropertiesPropertySourceLoader().load(snippet.place(), resource);
        return sources.stream()
                .flatMap(it -> List.of(((EnumerablePropertySource<?>) it).getPropertyNames()).stream())
                .toList();
    }

    /** Itself, or an entry of a map or list. */
    private static boolean isKnown(Map<String, String> known, String name) {
        if (known.containsKey(name)) {
            return true;
        }
        return known.entrySet().stream().anyMatch(it -> isEntry(name, it.getKey(), it.getValue()));
    }

    private static boolean isEntry(String name, String known, String type) {
        String rest = name.startsWith(known) ? name.substring(known.length()) : "";
        return type.startsWith("java.util.Map")
                ? rest.startsWith(".") || rest.startsWith("[")
                : type.startsWith("java.util.List") && rest.startsWith("[");
    }

    /** Names, and their types. */
    private static Map<String, String> known() throws IOException {
        Map<String, String> known = new HashMap<>();
        for (String metadata : METADATA) {
            for (URL url :
                    Collections.list(SettingSnippets.class.getClassLoader().getResources(metadata))) {
                try (InputStream in = url.openStream()) {
                    for (JsonNode property : JsonMapper.shared().readTree(in).path("properties")) {
                        known.put(
                                property.path("name").asString(),
                                property.path("type").asString(""));
                    }
                }
            }
        }
        return known;
    }
}
