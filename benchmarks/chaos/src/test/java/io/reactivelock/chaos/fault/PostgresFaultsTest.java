package io.reactivelock.chaos.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

@Tag("long")
class PostgresFaultsTest {
    private static final Longest LONGEST = new Longest(true);

    private static TestServers test;
    private Connection connection;

    @BeforeAll
    static void start() {
        test = new TestServers(ChaosTopology.STANDALONE);
    }

    @AfterAll
    static void close() {
        test.close();
    }

    @BeforeEach
    void connect() {
        connection = test.connectPostgres();
    }

    @AfterEach
    void isHealed() {
        Mono.from(connection.close()).onErrorComplete().block(TestServers.PATIENCE);
        assertThat(TestServers.get(
                        test.servers.control().query(Integer.class, "SELECT 1").next()))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgres kill -9", "postgres kill -9 of a session"})
    void crashesAndRecovers(String kind) {
        execute("CREATE TABLE IF NOT EXISTS kept (id integer)");
        execute("INSERT INTO kept VALUES (1)");
        execute("CREATE UNLOGGED TABLE IF NOT EXISTS emptied (id integer)");
        execute("INSERT INTO emptied VALUES (1)");

        test.inject(kind, LONGEST);

        assertThat(failure("SELECT 1")).isNotNull();
        assertThat(TestServers.get(test.servers
                        .control()
                        .query(Long.class, "SELECT count(*) FROM kept")
                        .next()))
                .isPositive();
        assertThat(TestServers.get(test.servers
                        .control()
                        .query(Long.class, "SELECT count(*) FROM emptied")
                        .next()))
                .isZero();
    }

    @Test
    void stops() {
        Mono<Integer> call =
                PostgresControl.query(connection, Integer.class, "SELECT 1").next();
        assertThat(TestServers.longestCallDuring(test.fault("postgres SIGSTOP").inject(LONGEST), call))
                .isBetween(Duration.ofMillis(500), Duration.ofSeconds(5));
    }

    @Test
    void terminatesSessions() {
        test.inject("pg_terminate_backend", LONGEST);
        assertThat(failure("SELECT 1")).isNotNull();
    }

    @Test
    void cancelsStatements() {
        Mono<String> state = PostgresControl.execute(connection, "SELECT pg_sleep(20)")
                .thenReturn("")
                .onErrorResume(R2dbcException.class, e -> Mono.justOrEmpty(e.getSqlState()))
                .cache();
        state.subscribe();
        TestServers.await(test.fault("pg_cancel_backend")
                .inject(LONGEST)
                .thenReturn(true)
                .onErrorReturn(NotInjectedException.class, false));

        assertThat(TestServers.get(state)).isEqualTo("57014");
        assertThat(failure("SELECT 1")).isNull();
    }

    @Test
    void keepsEveryGuardedWriteWaiting() {
        execute("CREATE TABLE IF NOT EXISTS fencing_guard (resource text)");
        Mono<Void> write = PostgresControl.execute(connection, "UPDATE fencing_guard SET resource = 'a'");
        assertThat(TestServers.longestCallDuring(
                        test.fault("connection-pool starvation").inject(LONGEST), write))
                .isGreaterThan(Duration.ofSeconds(1));
    }

    private void execute(String sql) {
        PostgresControl.execute(connection, sql).block(TestServers.PATIENCE);
    }

    private @Nullable Throwable failure(String sql) {
        return PostgresControl.query(connection, Integer.class, sql)
                .then(Mono.<Throwable>empty())
                .onErrorResume(Mono::just)
                .block(TestServers.PATIENCE);
    }
}
