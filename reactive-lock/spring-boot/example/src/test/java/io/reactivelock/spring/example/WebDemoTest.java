package io.reactivelock.spring.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("long")
@Timeout(value = 15, unit = TimeUnit.MINUTES) // three JVMs, on a busy machine
@DisplayName("./demo --web")
class WebDemoTest {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @Test
    @DisplayName("--load: sells exactly, though one of two instances stands still in the middle of a sale")
    void sellsExactly() throws IOException {
        int exitCode = WebDemo.run(
                new PrintStream(said, true, StandardCharsets.UTF_8),
                "--load",
                "--port",
                String.valueOf(twoFreePorts()));

        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(text)
                .contains(
                        "stands still, in the middle of a sale",
                        "200 buyers, 150 units",
                        "50 found it sold out, 0 units are left",
                        "Sold exactly.");
        assertThat(exitCode).as(text).isZero();
    }

    private static int twoFreePorts() throws IOException {
        while (true) {
            try (ServerSocket first = new ServerSocket(0);
                    ServerSocket second = new ServerSocket(first.getLocalPort() + 1)) {
                return Math.min(first.getLocalPort(), second.getLocalPort());
            } catch (IOException | IllegalArgumentException taken) {
                // by somebody else: the next one
            }
        }
    }
}
