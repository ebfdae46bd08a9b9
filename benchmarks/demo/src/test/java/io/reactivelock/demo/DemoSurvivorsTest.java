package io.reactivelock.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

@DisplayName("Whatever ends the demo, no process of it stays")
@Tag("long")
class DemoSurvivorsTest {
    private static final Pattern PORT = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");

    static boolean isWorker(ProcessHandle process) {
        return process.info()
                .commandLine()
                .filter(line -> line.contains(DemoWorkerProcess.MARK))
                .isPresent();
    }

    @Test
    @DisplayName("SIGTERM, while a worker stands still")
    void terminated() throws Exception {
        assertNothingSurvives(ProcessHandle::destroy);
    }

    @Test
    @DisplayName("SIGKILL, while a worker stands still")
    void killed() throws Exception {
        assertNothingSurvives(ProcessHandle::destroyForcibly);
    }

    private static void assertNothingSurvives(Consumer<ProcessHandle> end) throws Exception {
        Process demo = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Demo.class.getName())
                .redirectErrorStream(true)
                .start();
        try {
            List<Integer> ports = portsOnceAWorkerStandsStill(demo);
            List<ProcessHandle> family = demo.descendants().toList();
            assertThat(family).filteredOn(DemoSurvivorsTest::isWorker).hasSize(3);
            assertThat(ports).hasSize(2).allMatch(DemoSurvivorsTest::answers);

            end.accept(demo.toHandle());

            assertThat(demo.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(family)
                    .allSatisfy(process -> assertThat(process.onExit())
                            .as("%s", process.info())
                            .succeedsWithin(20, TimeUnit.SECONDS));
            StepVerifier.create(Flux.fromIterable(ports)
                            .filter(DemoSurvivorsTest::answers)
                            .hasElements()
                            .filter(anyAnswers -> !anyAnswers)
                            .repeatWhenEmpty(again -> again.delayElements(Duration.ofMillis(50))))
                    .expectNext(false)
                    .expectComplete()
                    .verify(Duration.ofSeconds(20));
        } finally {
            demo.destroyForcibly();
        }
    }

    private static List<Integer> portsOnceAWorkerStandsStill(Process demo) throws IOException {
        StringBuilder said = new StringBuilder();
        List<Integer> ports = List.of();
        BufferedReader lines = demo.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            if (line.startsWith("Servers: ")) {
                ports = PORT.matcher(line)
                        .results()
                        .map(port -> Integer.valueOf(port.group(1)))
                        .toList();
            }
            if (line.contains("stands still")) {
                return ports;
            }
        }
        throw new AssertionError("the demo ended without a pause: " + said);
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException nobodyThere) {
            return false;
        }
    }
}
