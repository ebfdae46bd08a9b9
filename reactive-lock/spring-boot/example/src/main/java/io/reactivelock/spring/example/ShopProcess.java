package io.reactivelock.spring.example;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/** An instance of the shop, in a process of its own. */
final class ShopProcess implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private final Process process;
    private final int port;
    private final WebClient http;

    private ShopProcess(Process process, int port) {
        this.process = process;
        this.port = port;
        http = WebClient.create("http://localhost:" + port);
    }

    /** Starts an instance; what it says goes to where our words go. */
    static ShopProcess start(int port, Map<String, String> settings) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ShopApplication.class.getName(),
                "--server.port=" + port));
        settings.forEach((name, value) -> line.add("--" + name + "=" + value));
        try {
            Process process = new ProcessBuilder(line)
                    .redirectOutput(Redirect.INHERIT)
                    .redirectError(Redirect.INHERIT)
                    .start();
            return new ShopProcess(process, port);
        } catch (IOException e) {
            throw new UncheckedIOException("no process could be started", e);
        }
    }

    /** Completes when this instance is open; ends in an error when its process has ended. */
    Mono<Void> opened() {
        return http.get()
                .uri("/actuator/health")
                .retrieve()
                .toBodilessEntity()
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, LOOK_EVERY).filter(down -> process.isAlive()))
                .then();
    }

    int port() {
        return port;
    }

    WebClient http() {
        return http;
    }

    /** Completes when this process stands still: then nothing of it answers. */
    Mono<Void> stopped() {
        return Mono.fromCallable(this::state)
                .subscribeOn(Schedulers.boundedElastic())
                .filter(state -> state.startsWith("T"))
                .repeatWhenEmpty(looks -> looks.delayElements(LOOK_EVERY))
                .then();
    }

    private String state() throws IOException {
        Process ps = new ProcessBuilder("ps", "-o", "stat=", "-p", String.valueOf(process.pid())).start();
        return new String(ps.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    }

    /** Lets this process go on. */
    Mono<Void> goOn() {
        return ProcessSignal.CONT.send(process.pid());
    }

    /** Ends the process, also one that stands still. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
