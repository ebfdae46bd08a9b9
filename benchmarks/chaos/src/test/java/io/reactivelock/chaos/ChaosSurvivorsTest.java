package io.reactivelock.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

@DisplayName("A run that is killed")
@Tag("long")
class ChaosSurvivorsTest {
    private static final int PROCESSES = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Test
    @DisplayName("leaves no worker, stopped or not, and no server behind")
    void nothingIsLeft() throws Exception {
        Process run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Chaos.class.getName(),
                        "--minutes=5",
                        "--topology=standalone",
                        "--processes=" + PROCESSES)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        List<ProcessHandle> started;
        try {
            List<ProcessHandle> workers = workersOf(run);
            send("STOP", workers.get(0));
            started = run.descendants().toList();
        } finally {
            run.destroyForcibly();
        }

        assertThat(started).hasSizeGreaterThan(PROCESSES);
        CompletableFuture.allOf(started.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static List<ProcessHandle> workersOf(Process run) {
        return Objects.requireNonNull(Mono.fromSupplier(() ->
                        run.descendants().filter(ChaosSurvivorsTest::isWorker).toList())
                .filter(workers -> workers.size() == PROCESSES)
                .repeatWhenEmpty(empty -> empty.delayElements(Duration.ofMillis(100)))
                .block(PATIENCE));
    }

    private static boolean isWorker(ProcessHandle process) {
        return process.info().commandLine().orElse("").contains(ChaosWorkerProcess.MARK);
    }

    private static void send(String signal, ProcessHandle process) throws IOException, InterruptedException {
        int exitCode = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(exitCode).isZero();
    }
}
