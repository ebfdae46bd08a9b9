package io.reactivelock.spring.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.testservers.RedisServer;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;
import org.springframework.context.aot.AbstractAotProcessor.Settings;

/** An application whose beans were worked out by the build, as Boot's plugins do it. That a native image of it runs is not shown. */
@DisplayName("Ahead of time")
class AheadOfTimeTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir
    Path folder;

    @Test
    @DisplayName("locks and guard are worked out, and a native image gets scripts and SQL")
    void worksOutBeans() throws IOException, InterruptedException {
        Path sources = folder.resolve("sources");
        Path resources = folder.resolve("resources");
        Path classes = folder.resolve("classes");
        String[] arguments = {
            "--spring.main.web-application-type=none",
            "--spring.data.redis.url=" + RedisServer.shared().uri(),
            "--spring.r2dbc.url=r2dbc:postgresql://nobody@localhost:1/shop",
            "--reactive-lock.key-prefix=t" + UUID.randomUUID(),
            "--reactive-lock.profiles.payments.lease-time=7s"
        };

        new SpringApplicationAotProcessor(
                        PreparedApplication.class,
                        Settings.builder()
                                .sourceOutput(sources)
                                .resourceOutput(resources)
                                .classOutput(classes)
                                .groupId("io.reactivelock")
                                .artifactId("prepared")
                                .build(),
                        arguments)
                .process();

        assertThat(metadata(resources))
                .contains(
                        "io/reactivelock/redis/lock.lua", "io/reactivelock/redis/renew.lua", FenceSchemaHints.RESOURCE);
        compile(sources, classes);
        assertThat(run(classes, arguments))
                .contains("Starting AOT-processed PreparedApplication", "held for PT7S: true");
    }

    private static String metadata(Path resources) throws IOException {
        try (Stream<Path> files = Files.walk(resources)) {
            Path file = files.filter(it -> it.endsWith("reachability-metadata.json"))
                    .findFirst()
                    .orElseThrow();
            return Files.readString(file).replace("\\/", "/");
        }
    }

    private static void compile(Path sources, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> walk = Files.walk(sources)) {
            List<Path> generated =
                    walk.filter(it -> it.toString().endsWith(".java")).toList();
            StringWriter said = new StringWriter();
            List<String> options = List.of(
                    "-proc:none",
                    "-nowarn",
                    "-classpath",
                    CLASS_PATH + separator() + classes,
                    "-d",
                    classes.toString());
            boolean compiled = compiler.getTask(
                            said, files, null, options, null, files.getJavaFileObjectsFromPaths(generated))
                    .call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
    }

    private String run(Path classes, String... arguments) throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dspring.aot.enabled=true",
                "-classpath",
                classes + separator() + CLASS_PATH,
                PreparedApplication.class.getName()));
        command.addAll(List.of(arguments));
        Process application = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = application.waitFor(2, TimeUnit.MINUTES);
        application.destroyForcibly();
        String said = Files.readString(log);
        assertThat(ended).as(said).isTrue();
        assertThat(application.exitValue()).as(said).isZero();
        return said;
    }

    private static String separator() {
        return System.getProperty("path.separator");
    }
}
