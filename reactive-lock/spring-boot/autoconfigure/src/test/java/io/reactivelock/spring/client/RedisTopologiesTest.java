package io.reactivelock.spring.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.testservers.RedisCluster;
import io.reactivelock.testservers.RedisSentinel;
import io.reactivelock.testservers.RedisServer;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.UUID;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import reactor.core.publisher.Mono;

/** The same properties that give an application its Redis give it its locks, however that Redis is deployed. */
@DisplayName("Locks by the application's settings")
class RedisTopologiesTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SslAutoConfiguration.class,
                    DataRedisAutoConfiguration.class,
                    RedisLockAutoConfiguration.class,
                    ReactiveLockAutoConfiguration.class))
            .withPropertyValues("reactive-lock.key-prefix=t" + UUID.randomUUID());

    @Test
    @DisplayName("work on a Cluster, wherever a lock's slot is")
    void cluster() {
        try (RedisCluster cluster = RedisCluster.start()) {
            runner.withPropertyValues("spring.data.redis.cluster.nodes=127.0.0.1:" + cluster.port(0))
                    .run(context -> {
                        for (int i = 0; i < 6; i++) {
                            assertTakesLock(context, "item:" + i);
                        }
                    });
        }
    }

    @Test
    @DisplayName("work behind Sentinel")
    void sentinel() {
        try (RedisSentinel sentinel = RedisSentinel.start()) {
            // redis-sentinel://one:1,two:2#name
            String uri = sentinel.uri();
            String nodes = uri.substring(uri.indexOf("//") + 2, uri.indexOf('#'));
            runner.withPropertyValues(
                            "spring.data.redis.sentinel.nodes=" + nodes,
                            "spring.data.redis.sentinel.master=" + uri.substring(uri.indexOf('#') + 1))
                    .run(context -> assertTakesLock(context, "item:1"));
            runner.withPropertyValues("reactive-lock.redis.url=" + uri)
                    .run(context -> assertTakesLock(context, "item:1"));
        }
    }

    @Test
    @DisplayName("work over TLS, by an SSL bundle, with a user and a password")
    void tls() throws Exception {
        X509Bundle bundle = new CertificateBuilder()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        String certificate = bundle.toTempCertChainPem().toString();
        try (RedisServer server = startOrSkip(
                "tls-cert-file " + certificate,
                "tls-key-file " + bundle.toTempPrivateKeyPem(),
                "tls-ca-cert-file " + certificate,
                "tls-auth-clients no",
                "user locks on >secret ~* &* +@all")) {
            int port = openTlsPort(server);
            ApplicationContextRunner secure = runner.withPropertyValues(
                    "spring.data.redis.host=127.0.0.1",
                    "spring.data.redis.port=" + port,
                    "spring.data.redis.username=locks",
                    "spring.data.redis.password=secret",
                    "spring.data.redis.ssl.bundle=redis");
            secure.withPropertyValues("spring.ssl.bundle.pem.redis.truststore.certificate=file:" + certificate)
                    .run(context -> assertTakesLock(context, "item:1"));
        }
    }

    private static void assertTakesLock(AssertableApplicationContext context, String name) {
        String done = context.getBean(LockClient.class)
                .withLock(LockRequest.of(name).waitTime(PATIENCE), lease -> Mono.just(lease.name()))
                .block(PATIENCE);
        assertThat(done).isEqualTo(name);
    }

    private static int openTlsPort(RedisServer server) throws Exception {
        // now that the server has its other port, for a free one could be that
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        RedisClient admin = RedisClient.create(server.uri());
        admin.connect().sync().configSet("tls-port", Integer.toString(port));
        admin.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        return port;
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
}
