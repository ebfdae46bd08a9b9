package io.reactivelock.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortsTest {
    @Test
    void triesAnotherPortWhereSomebodyTookTheFirst() throws IOException {
        List<Integer> tried = new ArrayList<>();
        List<ServerSocket> thieves = new ArrayList<>();
        int started = Ports.tryUntilFree(port -> {
            tried.add(port);
            if (tried.size() == 1) {
                thieves.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                throw new IOException("address in use");
            }
            return port;
        });
        thieves.get(0).close();
        assertThat(tried).hasSize(2).last().isEqualTo(started);
    }

    @Test
    void findsTwoPortsForAServerThatNeedsTwo() throws IOException {
        List<Integer> tried = new ArrayList<>();
        List<ServerSocket> thieves = new ArrayList<>();
        int started = Ports.tryUntilFree(10_000, port -> {
            tried.add(port);
            if (tried.size() == 1) {
                thieves.add(new ServerSocket(port + 10_000, 1, InetAddress.getLoopbackAddress()));
                throw new IOException("address in use");
            }
            return port;
        });
        thieves.get(0).close();
        assertThat(tried).hasSize(2).last().isEqualTo(started);
        assertThat(tried).allMatch(port -> port <= 55_535);
    }

    @Test
    void doesNotHideAFailureOfAnotherCause() {
        List<Integer> tried = new ArrayList<>();
        assertThatThrownBy(() -> Ports.tryUntilFree(port -> {
                    tried.add(port);
                    throw new IOException("no such setting");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseMessage("no such setting");
        assertThat(tried).hasSize(1);
    }

    @Test
    void aServerThatCannotStartFailsAtOnce() {
        assertThatThrownBy(() -> RedisServer.start("no-such-setting yes"))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseInstanceOf(IOException.class)
                .rootCause()
                .hasMessageContaining("no-such-setting");
    }
}
