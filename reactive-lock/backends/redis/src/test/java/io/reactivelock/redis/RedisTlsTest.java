package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SslOptions;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.UUID;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** {@code rediss://}: on a server with a certificate that signs itself. */
class RedisTlsTest {
    /** Three of them, one after the other, the first in a JVM that has never done any. */
    private static final Duration HANDSHAKES = Duration.ofMinutes(1);

    private static File certificate;
    private static File key;
    private static RedisServer server;
    private static String uri;

    @BeforeAll
    static void start() throws Exception {
        X509Bundle bundle = new CertificateBuilder()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        certificate = bundle.toTempCertChainPem();
        key = bundle.toTempPrivateKeyPem();
        server = startOrSkip(
                "tls-cert-file " + certificate,
                "tls-key-file " + key,
                "tls-ca-cert-file " + certificate,
                "tls-auth-clients no");
        // now that the server has its other port, for a free one could be that
        int port = freePort();
        configure("tls-port", Integer.toString(port));
        uri = "rediss://127.0.0.1:" + port;
    }

    private static RedisServer startOrSkip(String... configLines) {
        try {
            return RedisServer.start(configLines);
        } catch (UncheckedIOException e) {
            if (Throwables.getStackTrace(e).contains("Bad directive")) {
                String reason = "TLS is not tested: this server was built without it";
                System.out.println(reason);
                Assumptions.abort(reason);
            }
            throw e;
        }
    }

    private static void configure(String parameter, String value) {
        RedisClient admin = RedisClient.create(server.uri());
        admin.connect().sync().configSet(parameter, value);
        admin.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    @DisplayName("the user's client verifies the server with what the user trusts")
    void trusted() {
        assertWorks(SslOptions.builder().trustManager(certificate).build());
    }

    @Test
    @DisplayName("the user's client brings the user's certificate to a server that asks for one")
    void clientCertificate() {
        configure("tls-auth-clients", "yes");

        try {
            assertWorks(SslOptions.builder()
                    .trustManager(certificate)
                    .keyManager(certificate, key, new char[0])
                    .build());
        } finally {
            configure("tls-auth-clients", "no");
        }
    }

    private static void assertWorks(SslOptions ssl) {
        RedisClient client = RedisClient.create(uri);
        client.setOptions(ClientOptions.builder().sslOptions(ssl).build());
        assertWorks(RedisLockBackend.create(client));
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    @Test
    @DisplayName("a backend with a client of its own verifies no server where the URI says so")
    void unverified() {
        assertWorks(RedisLockBackend.create(uri + "?verifyPeer=NONE"));
    }

    private static void assertWorks(RedisLockBackend backend) {
        backend.connect().block(HANDSHAKES);
        StepVerifier.create(backend.signals())
                .expectNext(new WaitSignal.Recheck())
                .then(() -> assertThat(
                                get(backend.tryAcquire(command(UUID.randomUUID().toString(), holder()))))
                        .isInstanceOf(Granted.class))
                .thenCancel()
                .verify(PATIENCE);
        backend.close().block(PATIENCE);
    }

    @Test
    @DisplayName("a server that nobody vouches for gets no command")
    void untrusted() {
        RedisLockBackend backend = RedisLockBackend.create(uri);

        StepVerifier.create(backend.tryAcquire(command("a", holder())))
                .expectErrorSatisfies(e -> {
                    assertThat(e).isInstanceOf(LockBackendException.class);
                    assertThat(((LockBackendException) e).isOutcomeUnknown()).isFalse();
                })
                .verify(PATIENCE);

        backend.close().block(PATIENCE);
    }
}
