package io.reactivelock.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import reactor.core.publisher.Mono;

/** The parent's side of one {@link ChaosWorker}. Safe for use by several threads. */
final class ChaosWorkerProcess implements AutoCloseable {
    /** Stands early on the command line, so that a list of processes shows it. */
    static final String MARK = "-Dreactivelock.chaos.worker=";

    /** Kills the process, stopped or not, when its own input ends: this JVM closed it, or died. */
    private static final String SENTRY = "trap '' INT HUP TERM; cat > /dev/null; kill -KILL \"$1\"";

    private final Process process;
    private final Process sentry;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private volatile CompletableFuture<Void> ended = new CompletableFuture<>();

    private ChaosWorkerProcess(Process process, Process sentry) {
        this.process = process;
        this.sentry = sentry;
    }

    static ChaosWorkerProcess start(WorkerSetting setting) {
        try {
            Process process = new ProcessBuilder(commandLine(setting))
                    .redirectError(Redirect.INHERIT)
                    .start();
            Process sentry = new ProcessBuilder("sh", "-c", SENTRY, "sentry", Long.toString(process.pid()))
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
            ChaosWorkerProcess worker = new ChaosWorkerProcess(process, sentry);
            Thread reader = new Thread(worker::readAnswers, "worker-" + setting.process());
            reader.setDaemon(true);
            reader.start();
            return worker;
        } catch (IOException e) {
            throw new UncheckedIOException("no process could be started", e);
        }
    }

    private static List<String> commandLine(WorkerSetting setting) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                MARK + setting.process(),
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError"));
        if (Runtime.version().feature() >= 24) {
            line.add("--enable-native-access=ALL-UNNAMED");
        }
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), ChaosWorker.class.getName(), setting.text()));
        return line;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Mono<Void> ready() {
        return Mono.fromFuture(ready, true);
    }

    void begin(Order order) {
        ended = new CompletableFuture<>();
        send(order.text());
    }

    /** Completes when the worker has ended its span; errors if it dies before. */
    Mono<Void> end() {
        return Mono.defer(() -> {
            CompletableFuture<Void> answer = ended;
            send(ChaosWorker.END);
            Mono<Void> died = Mono.fromFuture(process.onExit(), true)
                    .flatMap(dead -> Mono.error(new ChaosException("A worker died.")));
            return Mono.firstWithSignal(Mono.fromFuture(answer, true), died);
        });
    }

    private synchronized void send(String line) {
        try {
            OutputStream orders = process.getOutputStream();
            orders.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            orders.flush();
        } catch (IOException e) {
            ended.completeExceptionally(new ChaosException("A worker takes no more orders.", e));
        }
    }

    private void readAnswers() {
        try (BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                switch (line) {
                    case ChaosWorker.READY -> ready.complete(null);
                    case ChaosWorker.END -> ended.complete(null);
                    default -> System.err.println(line); // a word of the JVM itself
                }
            }
            ready.completeExceptionally(new ChaosException("A worker died at its start."));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** Kills the process, even a stopped one. Idempotent. */
    @Override
    public void close() {
        // first: when the process is gone, its id may be another's
        sentry.destroyForcibly();
        process.destroyForcibly();
        process.onExit().join();
    }
}
