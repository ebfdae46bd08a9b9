package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.testservers.PostgresExtension;
import io.reactivelock.testservers.PostgresServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** The guard behind a pool of connections on the way to the server, where the machine has one. */
class PgBouncerTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final Database database = Database.create(POSTGRES.server());
    private final FencingToken token = Database.token(33);

    @TempDir
    private Path folder;

    private @Nullable Process bouncer;

    @AfterEach
    void stop() throws InterruptedException {
        if (bouncer != null) {
            bouncer.destroyForcibly();
            assertThat(bouncer.waitFor(1, TimeUnit.MINUTES)).isTrue();
        }
        database.execute("DROP SCHEMA " + database.schema() + " CASCADE");
    }

    /** Of each transaction another connection, so that a statement that was prepared in one is not there in the next. */
    @Test
    void inTransactionPoolingWithoutPreparedStatements() throws IOException {
        int port = start("transaction");
        ConnectionPool pool =
                Database.pool(database.factory("127.0.0.1", port, Map.of("preparedStatementCacheQueries", 0)), 6);
        R2dbcFencingGuard guard = R2dbcFencingGuard.create(pool);
        awaitStart(guard);

        Long written = Flux.range(0, 200)
                .flatMap(
                        i -> Flux.concat(
                                guard.advance("order:" + i % 8, token).thenReturn(1L),
                                guard.update(
                                        "order:" + i % 8,
                                        token,
                                        "INSERT INTO log (resource, op) VALUES ($1, $2)",
                                        it -> it.bind(0, "order").bind(1, "u" + i)),
                                guard.write(
                                        "order:" + i % 8,
                                        token,
                                        connection -> Database.run(
                                                        connection,
                                                        "INSERT INTO log (resource, op) VALUES ('order', 'w" + i + "')")
                                                .thenReturn(1L))),
                        6)
                .count()
                .block(Duration.ofMinutes(1));

        assertThat(written).isEqualTo(600);
        assertThat(database.number("SELECT count(*) FROM log")).isEqualTo(400);
        pool.close().block(PATIENCE);
    }

    /** PgBouncer ends a connection that begins a transaction, and gives the reason in its log. */
    @Test
    void inStatementPoolingOnlySingleStatementsWork() throws IOException {
        int port = start("statement");
        R2dbcFencingGuard guard = R2dbcFencingGuard.create(
                database.factory("127.0.0.1", port, Map.of("preparedStatementCacheQueries", 0)));
        awaitStart(guard);

        StepVerifier.create(guard.write("order:0", token, connection -> Mono.just(1)))
                .expectError(FencingGuardException.class)
                .verify(PATIENCE);
        assertThat(folder.resolve("pgbouncer.log"))
                .content()
                .contains("transaction blocks not allowed in statement pooling mode");
        assertThat(guard.update("order:0", token, "INSERT INTO log (resource) VALUES ($1)", it -> it.bind(0, "order"))
                        .block(PATIENCE))
                .isEqualTo(1);
    }

    private void awaitStart(R2dbcFencingGuard guard) {
        guard.advance("order:0", token)
                .retryWhen(Retry.fixedDelay(1_000, Duration.ofMillis(20)))
                .block(PATIENCE);
    }

    private int start(String mode) throws IOException {
        PostgresServer server = POSTGRES.server();
        int port = freePort();
        Path settings = folder.resolve("pgbouncer.ini");
        Files.writeString(settings, """
                [databases]
                %1$s = host=%2$s port=%3$d user=%4$s password=%5$s connect_query='SET search_path = %6$s'
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %7$d
                unix_socket_dir =
                auth_type = any
                pool_mode = %8$s
                default_pool_size = 3
                ignore_startup_parameters = extra_float_digits, search_path
                """.formatted(
                        server.database(),
                        server.host(),
                        server.port(),
                        server.username(),
                        server.password().isEmpty() ? "none" : server.password(),
                        database.schema(),
                        port,
                        mode));
        // it does not run as root, and must read the file as somebody else
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> command = System.getProperty("user.name").equals("root")
                ? List.of("pgbouncer", "-u", "nobody", settings.toString())
                : List.of("pgbouncer", settings.toString());
        try {
            bouncer = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("pgbouncer.log").toFile())
                    .start();
        } catch (IOException e) {
            String reason = "Skipped: PgBouncer is not installed: " + e.getMessage();
            System.out.println(reason);
            Assumptions.abort(reason);
        }
        return port;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
