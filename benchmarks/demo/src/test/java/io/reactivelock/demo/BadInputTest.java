package io.reactivelock.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.test.StepVerifier;

@DisplayName("What cannot be done is said in one sentence, with exit code 2")
@Tag("long")
class BadInputTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus | Unknown option: '--bogus'",
                "--stock=many | Invalid value for option '--stock'",
                "--processes | Missing required parameter",
                "--processes=1 | --processes is from 2 to 8, because a stale write needs a rival, not 1.",
                "--processes=9 | --processes is from 2 to 8",
                "--items=0 | --items is from 1 to 100, not 0.",
                "--stock=9 | --stock is at least one unit for each of the 10 items",
                "--buyers=29 | --buyers is at least 30, one for each item in each process",
                "--buyers=100001 | --buyers is at least 30",
                "--pauses=0 | --pauses is from 1 to the number of items, 10, not 0.",
                "--pauses=11 | --pauses is from 1 to the number of items, 10, not 11.",
                "--lease=199 | --lease is from 200 to 10000 milliseconds, not 199.",
                "--redis=localhost | --redis is a URI as in",
                "--redis=redis://127.0.0.1:1 | Redis at 127.0.0.1:1 cannot be reached: connection refused.",
                "--postgres=localhost | --postgres is an R2DBC URL as in",
                "--postgres=r2dbc:h2://localhost/x | --postgres is an R2DBC URL as in",
                "--postgres=r2dbc:postgresql://u:p@127.0.0.1:1/x | PostgreSQL at 127.0.0.1:1 cannot be used: connection refused."
            })
    void wrongOptionsAndUnreachableServers(String option, String sentence) {
        assertRefused(Console.run(option), sentence);
    }

    @Test
    @DisplayName("the name of a database that is not there")
    void missingDatabase() {
        PostgresServer server = PostgresServer.shared();
        String url = server.r2dbcUrl().replaceFirst("/[^/]*$", "/nowhere");

        assertRefused(Console.run("--postgres=" + url), "database \"nowhere\" does not exist");
    }

    @Test
    @DisplayName("a user who may not create a schema")
    void missingPermission() throws SQLException {
        PostgresServer server = PostgresServer.shared();
        execute(server, "CREATE ROLE visitor LOGIN PASSWORD 'visitor'");
        try {
            String url = "r2dbc:postgresql://visitor:visitor@" + server.host() + ":" + server.port() + "/"
                    + server.database();

            assertRefused(
                    Console.run(
                            "--postgres=" + url,
                            "--redis=" + RedisServer.shared().uri()),
                    "The demo cannot create its tables. PostgreSQL failed: permission denied for database");
        } finally {
            execute(server, "DROP ROLE visitor");
        }
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("a table that is missing under a worker")
    @CsvSource(
            delimiter = '|',
            value = {
                "NONE | PostgreSQL failed: relation \"stock\" does not exist (SQLSTATE 42P01).",
                "GUARDED | function fencing_guard_advance(text, bigint, text, integer) does not exist."
            })
    void missingTable(DemoMode mode, String sentence) {
        String redis = RedisServer.shared().uri();
        String postgres = PostgresServer.shared().r2dbcUrl();
        try (DemoWorkerProcess worker = DemoWorkerProcess.start(1)) {
            StepVerifier.create(worker.tell(id -> new Command.Open(
                            id, mode, redis, postgres, "no_such_schema", "test:", Duration.ofSeconds(1))))
                    .expectNextCount(1)
                    .verifyComplete();
            StepVerifier.create(worker.tell(id -> new Command.Sell(id, 0, List.of(0), false)))
                    .verifyErrorSatisfies(failure -> assertThat(failure)
                            .isInstanceOf(DemoException.class)
                            .hasMessageContaining(sentence));
        }
    }

    @Test
    @DisplayName("a worker that was killed")
    void killedWorker() {
        try (DemoWorkerProcess worker = DemoWorkerProcess.start(2)) {
            ProcessHandle.of(worker.pid()).orElseThrow().destroyForcibly();

            StepVerifier.create(worker.tell(Command.Resume::new))
                    .verifyErrorSatisfies(failure -> assertThat(failure)
                            .isInstanceOf(DemoException.class)
                            .hasMessageStartingWith("Process 2 "));
        }
    }

    @Test
    void helpIsNoError() {
        Console console = Console.run("--help");

        assertThat(console.exitCode()).isZero();
        assertThat(console.err()).isEmpty();
        assertThat(console.out())
                .contains("--redis=URI", "--postgres=URL", "--processes=N", "--buyers=N", "--stock=N", "--items=N")
                .contains("--json", "--help", "Exit code:");
    }

    private static void assertRefused(Console console, String sentence) {
        assertThat(console.err()).startsWith("demo: ").contains(sentence).hasLineCount(1);
        assertThat(console.out()).isEmpty();
        assertThat(console.exitCode()).isEqualTo(2);
    }

    private static void execute(PostgresServer server, String sql) throws SQLException {
        String url = "jdbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database();
        try (Connection connection = DriverManager.getConnection(url, server.username(), server.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
