package io.reactivelock.modules;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jars as the build packs them: {@code src/test/module} is compiled and run with nothing but a module path. */
@DisplayName("The published jars")
class ModulesTest {
    private static final Path MODULES = Path.of(System.getProperty("modules"));

    @Test
    @DisplayName("are modules by a name that is in their manifest, and have no package in common")
    void haveNamesAndPackagesOfTheirOwn() throws IOException {
        List<Path> jars = published();
        assertThat(jars).hasSize(14);

        for (Path jar : jars) {
            try (JarFile file = new JarFile(jar.toFile())) {
                assertThat(file.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
                        .as("Automatic-Module-Name of %s", jar.getFileName())
                        .startsWith("io.reactivelock.");
            }
        }
        Map<String, String> owners = new HashMap<>();
        List<String> shared = new ArrayList<>();
        for (Path jar : jars) {
            ModuleDescriptor module = descriptor(jar);
            for (String name : module.packages()) {
                String other = owners.put(name, module.name());
                if (other != null) {
                    shared.add(name + " in " + other + " and " + module.name());
                }
            }
        }
        assertThat(shared).isEmpty();
    }

    @Test
    @DisplayName("serve a user whose code is a named module")
    void serveNamedModule(@TempDir Path out) throws IOException, InterruptedException {
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said, true);
        int compiled = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        writer,
                        writer,
                        "--module-path",
                        MODULES.toString(),
                        "-Xlint:all,-requires-automatic",
                        "-d",
                        out.toString(),
                        "src/test/module/module-info.java",
                        "src/test/module/user/User.java");
        assertThat(compiled).as(said.toString()).isZero();

        RedisServer redis = RedisServer.shared();
        PostgresServer postgres = PostgresServer.shared();
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path log = out.resolve("log");
        Process user = new ProcessBuilder(
                        java.toString(),
                        "--module-path",
                        MODULES + System.getProperty("path.separator") + out,
                        "--add-exports",
                        "io.vertx.sql.client/io.vertx.sqlclient.impl=io.reactivelock.pgguard",
                        "--module",
                        "user/user.User",
                        redis.uri(),
                        postgres.host(),
                        String.valueOf(postgres.port()),
                        postgres.database(),
                        postgres.username(),
                        postgres.password())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = user.waitFor(1, TimeUnit.MINUTES);
        user.destroyForcibly();

        assertThat(Files.readString(log)).contains("r2dbc", "mutiny ", "vertx 1");
        assertThat(ended).isTrue();
        assertThat(user.exitValue()).isZero();
    }

    /** Of the jars of this build: no test jars. */
    private static List<Path> published() {
        return Arrays.stream(System.getProperty("java.class.path").split(System.getProperty("path.separator")))
                .map(Path::of)
                .filter(it -> it.toString().endsWith(".jar"))
                .filter(ModulesTest::isOurs)
                .toList();
    }

    private static boolean isOurs(Path jar) {
        return Stream.of("reactive-lock-", "fencing-guard-", "vertx-adapter-")
                .anyMatch(Objects.requireNonNull(jar.getFileName()).toString()::startsWith);
    }

    private static ModuleDescriptor descriptor(Path jar) {
        return ModuleFinder.of(jar).findAll().stream()
                .map(ModuleReference::descriptor)
                .findFirst()
                .orElseThrow();
    }
}
