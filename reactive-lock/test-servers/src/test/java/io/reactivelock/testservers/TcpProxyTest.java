package io.reactivelock.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.testservers.EchoServer.Ended;
import io.reactivelock.testservers.TcpFaults.Cut;
import java.io.Closeable;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

class TcpProxyTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private EchoServer server;
    private TcpProxy proxy;
    private Client client;

    @BeforeEach
    void connect() throws IOException {
        server = new EchoServer();
        proxy = TcpProxy.to("127.0.0.1", server.port());
        client = new Client(proxy);
        client.send("hello");
        assertThat(client.receive(5)).isEqualTo("hello");
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        proxy.close();
        server.close();
    }

    @Test
    void passesOnAndEndsWithEitherSide() throws Exception {
        client.socket.shutdownOutput();
        assertThat(server.ended.poll(30, TimeUnit.SECONDS)).isEqualTo(new Ended("hello", Cut.FIN));
        client.expectEnd(Cut.FIN);
    }

    @Test
    void passesOnAReset() throws Exception {
        Socket inServer = server.opened.take();
        inServer.setOption(StandardSocketOptions.SO_LINGER, 0);
        inServer.close();
        client.expectEnd(Cut.RESET);
    }

    @Test
    void whatIsReceivedIsCounted() throws IOException {
        for (int i = 1; i <= 5_000; i++) {
            client.send("x");
            assertThat(client.receive(1)).isEqualTo("x");
            assertThat(proxy.requestBytes()).isEqualTo(5 + i);
            assertThat(proxy.replyBytes()).isEqualTo(5 + i);
        }
    }

    @Test
    void swallowsReplies() throws IOException {
        proxy.swallowReplies();
        client.send("lost");
        await(proxy.whenReplyBytes(9));
        proxy.heal();
        client.send("next");
        assertThat(client.receive(4)).isEqualTo("next");
    }

    @Test
    void swallowsRequests() throws Exception {
        proxy.swallowRequests();
        client.send("lost");
        await(proxy.whenRequestBytes(9));
        proxy.heal();
        client.send("next");
        assertThat(client.receive(4)).isEqualTo("next");
        client.close();
        assertThat(server.ended.poll(30, TimeUnit.SECONDS)).isEqualTo(new Ended("hellonext", Cut.FIN));
    }

    @Test
    void forwardsAnExactNumberOfBytesAndNoMore() throws IOException {
        proxy.forwardOnly(3);
        client.send("abcdef");
        await(proxy.whenReplyBytes(11));
        client.send("g");
        await(proxy.whenReplyBytes(12));
        proxy.heal();
        client.send("!");
        assertThat(client.receive(4)).isEqualTo("abc!");
    }

    @Test
    void holdsRepliesAndReleasesThemInOrder() throws IOException {
        proxy.holdReplies();
        client.send("abc");
        await(proxy.whenReplyBytes(8));
        client.send("def");
        await(proxy.whenReplyBytes(11));
        assertThat(client.socket.getInputStream().available()).isZero();
        proxy.releaseReplies();
        assertThat(client.receive(6)).isEqualTo("abcdef");
    }

    @Test
    void holdsRequestsUntilTheyAreReleased() throws IOException {
        proxy.holdRequests();
        client.send("abc");
        await(proxy.whenRequestBytes(8));
        assertThat(proxy.replyBytes()).isEqualTo(5);
        proxy.releaseRequests();
        assertThat(client.receive(3)).isEqualTo("abc");
    }

    @Test
    void delaysBothWaysWithoutSummingUpTheDelays() throws IOException {
        proxy.delayRequests(Duration.ofMillis(200));
        proxy.delayReplies(Duration.ofMillis(200));
        long start = System.nanoTime();
        for (int i = 1; i <= 8; i++) {
            client.send("x");
            await(proxy.whenRequestBytes(5 + i));
        }
        assertThat(client.receive(8)).isEqualTo("xxxxxxxx");
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(400), Duration.ofMillis(1600));
    }

    @Test
    void passesOnAtOnceWhatIsLateWhenItHeals() throws IOException {
        proxy.delayReplies(Duration.ofHours(1));
        client.send("late");
        await(proxy.whenReplyBytes(9));
        proxy.heal();
        assertThat(client.receive(4)).isEqualTo("late");
    }

    @Test
    void drainsRepliesSlowly() throws IOException {
        proxy.drainRepliesSlowly(3, Duration.ofMillis(100));
        client.send("x"); // for the read that has begun
        assertThat(client.receive(1)).isEqualTo("x");
        long start = System.nanoTime();
        client.send("abcdefghi");
        assertThat(client.receive(9)).isEqualTo("abcdefghi");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(190));
    }

    @ParameterizedTest
    @EnumSource
    void cutsNow(Cut cut) throws Exception {
        proxy.cut(cut);
        client.expectEnd(cut);
        assertThat(server.ended.poll(30, TimeUnit.SECONDS)).isEqualTo(new Ended("hello", cut));
        try (Client next = new Client(proxy)) {
            next.send("next");
            assertThat(next.receive(4)).isEqualTo("next");
        }
    }

    @ParameterizedTest
    @EnumSource
    void cutsAfterAnExactNumberOfRequestBytesOnce(Cut cut) throws Exception {
        for (int bytes = 1; bytes <= 6; bytes++) {
            proxy.cutAfterRequestBytes(bytes, cut);
            try (Client cutOff = new Client(proxy)) {
                cutOff.send("abcdef");
                assertThat(server.ended.poll(30, TimeUnit.SECONDS))
                        .isEqualTo(new Ended("abcdef".substring(0, bytes), cut));
                cutOff.expectEnd(cut);
            }
            client.send("still here");
            assertThat(client.receive(10)).isEqualTo("still here");
        }
    }

    @ParameterizedTest
    @EnumSource
    void cutsAfterAnExactNumberOfReplyBytes(Cut cut) throws Exception {
        for (int bytes = 1; bytes <= 6; bytes++) {
            try (Client cutOff = new Client(proxy)) {
                cutOff.send("o");
                assertThat(cutOff.receive(1)).isEqualTo("o");
                newest(proxy.connections()).cutAfterReplyBytes(bytes, cut);
                cutOff.send("abcdef");
                assertThat(cutOff.receive(bytes)).isEqualTo("abcdef".substring(0, bytes));
                cutOff.expectEnd(cut);
                assertThat(server.ended.poll(30, TimeUnit.SECONDS)).isEqualTo(new Ended("oabcdef", cut));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void leavesTheClientHalfOpen(Cut cut) throws Exception {
        proxy.dropServer(cut);
        assertThat(server.ended.poll(30, TimeUnit.SECONDS)).isEqualTo(new Ended("hello", cut));
        client.send("anybody?");
        await(proxy.whenRequestBytes(13));
        assertThat(client.socket.getInputStream().available()).isZero();
        assertThat(proxy.connections()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void leavesTheServerHalfOpen(Cut cut) throws Exception {
        proxy.dropClient(cut);
        client.expectEnd(cut);
        client.close();
        Socket inServer = server.opened.take();
        inServer.getOutputStream().write('?');
        await(proxy.whenReplyBytes(6));
        assertThat(server.ended).isEmpty();
        assertThat(proxy.connections()).hasSize(1);
    }

    @Test
    void refusesNewConnectionsOnly() throws IOException {
        proxy.refuse();
        try (Client refused = new Client(proxy)) {
            refused.expectEnd(Cut.RESET);
        }
        client.send("still here");
        assertThat(client.receive(10)).isEqualTo("still here");
        proxy.heal();
        try (Client next = new Client(proxy)) {
            next.send("next");
            assertThat(next.receive(4)).isEqualTo("next");
        }
    }

    @Test
    void resetsConnectionsToAServerThatIsNotThere() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        try (TcpProxy nowhere = TcpProxy.to("127.0.0.1", free);
                Client refused = new Client(nowhere)) {
            refused.expectEnd(Cut.RESET);
        }
    }

    @Test
    void appliesFaultsToOneConnectionOnly() throws IOException {
        try (Client other = new Client(proxy)) {
            other.send("x");
            assertThat(other.receive(1)).isEqualTo("x");
            proxy.connections().get(0).swallowReplies();
            client.send("lost");
            await(proxy.whenReplyBytes(10));
            other.send("y");
            assertThat(other.receive(1)).isEqualTo("y");
            assertThat(client.socket.getInputStream().available()).isZero();
        }
    }

    @Test
    void closesItsConnections() throws Exception {
        proxy.close();
        assertThat(server.ended.poll(30, TimeUnit.SECONDS)).isNotNull();
        client.expectEnd(Cut.FIN);
    }

    private static TcpFaults newest(List<TcpFaults> connections) {
        return connections.get(connections.size() - 1);
    }

    private static void await(Mono<Void> signal) {
        signal.block(SOON);
    }

    private static final class Client implements Closeable {
        final Socket socket;

        Client(TcpProxy proxy) throws IOException {
            socket = new Socket(proxy.host(), proxy.port());
            socket.setSoTimeout((int) SOON.toMillis());
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(UTF_8));
        }

        String receive(int bytes) throws IOException {
            return new String(socket.getInputStream().readNBytes(bytes), UTF_8);
        }

        void expectEnd(Cut cut) throws IOException {
            if (cut == Cut.FIN) {
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            } else {
                assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
