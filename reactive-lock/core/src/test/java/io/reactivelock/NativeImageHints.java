package io.reactivelock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a module tells the builder of a native image, which leaves out every resource that is not named. */
public final class NativeImageHints {
    private static final Pattern NAMED = Pattern.compile("\"pattern\": \"\\\\\\\\Q(.+?)\\\\\\\\E\"");

    private NativeImageHints() {}

    /**
     * Compares the resources that a module has with those that it names.
     *
     * @param owner a class of the module
     * @param artifactId the module
     */
    public static void nameAllResources(Class<?> owner, String artifactId) throws IOException, URISyntaxException {
        Path classes = Path.of(
                owner.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path hints = classes.resolve("META-INF/native-image/io.reactivelock/" + artifactId + "/resource-config.json");
        List<String> named = NAMED.matcher(Files.readString(hints))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(resources(classes)).isNotEmpty().containsExactlyInAnyOrderElementsOf(named);
    }

    private static List<String> resources(Path classes) throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> classes.relativize(file).toString().replace('\\', '/'))
                    .filter(file -> !file.endsWith(".class") && !file.startsWith("META-INF/"))
                    .toList();
        }
    }
}
