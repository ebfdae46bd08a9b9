package io.reactivelock.testservers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the reaper is a POSIX shell")
class ReaperTest {
    @Test
    @DisplayName("A server dies with a JVM that is killed, and leaves no directory")
    void endsTheServerOfAKilledJvm() throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServerOwner.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8));
        ProcessHandle server =
                ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
        Path directory = Path.of(output.readLine());
        assertThat(server.isAlive()).isTrue();

        jvm.destroyForcibly().waitFor();

        Mono.fromSupplier(() -> Files.exists(directory))
                .filter(exists -> !exists)
                .repeatWhenEmpty(polls -> polls.delayElements(Duration.ofMillis(20)))
                .block(Duration.ofSeconds(30));
        assertThat(server.onExit()).succeedsWithin(Duration.ofSeconds(30));
    }

    @Test
    @DisplayName("A stopped server is ended too")
    void endsAStoppedServer(@TempDir Path parent) throws Exception {
        Path directory = Files.createDirectory(parent.resolve("server"));
        Process server = new ProcessBuilder("sleep", "600").start();
        new ProcessBuilder("kill", "-STOP", Long.toString(server.pid())).start().waitFor();

        Path pidFile = Files.writeString(directory.resolve("server.pid"), server.pid() + "\n");
        Reaper.of(pidFile, "TERM", directory).close();

        assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(directory).doesNotExist();
    }

    /** Prints the process and the directory of a server that it starts, and waits to be killed. */
    static final class ServerOwner {
        private ServerOwner() {}

        public static void main(String[] arguments) throws IOException {
            Path directory = Files.createTempDirectory("reaper-test-");
            Process server = new ProcessBuilder("sleep", "600").start();
            Path pidFile = Files.writeString(directory.resolve("server.pid"), server.pid() + "\n");
            Reaper.of(pidFile, "KILL", directory);
            System.out.println(server.pid());
            System.out.println(directory);
            System.in.read();
        }
    }
}
