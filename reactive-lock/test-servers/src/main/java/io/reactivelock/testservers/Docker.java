package io.reactivelock.testservers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** Servers in containers, where Docker answers. */
final class Docker {
    private Docker() {}

    /** Asks Testcontainers only where there is a trace of Docker, for without it the question costs time and logs stack traces. */
    static boolean answers() {
        return hasTrace() && DockerClientFactory.instance().isDockerAvailable();
    }

    /** A container that Testcontainers removes when this JVM ends. */
    @SuppressWarnings("resource")
    static GenericContainer<?> container(String image, int port) {
        return new GenericContainer<>(DockerImageName.parse(image)).withExposedPorts(port);
    }

    private static boolean hasTrace() {
        if (System.getenv("DOCKER_HOST") != null
                || System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows")) {
            return true;
        }
        String home = System.getProperty("user.home");
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        return Stream.of(
                        "/var/run/docker.sock",
                        home + "/.testcontainers.properties",
                        home + "/.docker/run/docker.sock",
                        home + "/.docker/desktop/docker.sock",
                        runtime == null ? home + "/.docker/docker.sock" : runtime + "/docker.sock")
                .anyMatch(path -> Files.exists(Path.of(path)));
    }
}
