package io.reactivelock.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PostgresServerTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    @Test
    void sharesOneServerPerJvmThatNobodyCloses(PostgresServer injected) throws SQLException {
        POSTGRES.server().close();

        assertThat(injected).isSameAs(POSTGRES.server());
        assertThat(show(injected, "server_version")).isNotBlank();
        assertThat(injected.description()).startsWith("PostgreSQL ").endsWith(injected.host() + ":" + injected.port());
        assertThat(injected.r2dbcUrl())
                .startsWith("r2dbc:postgresql://" + injected.username())
                .endsWith(injected.host() + ":" + injected.port() + "/" + injected.database());
    }

    @Test
    void startsAServerOfItsOwnWithSettingsAndLeavesNothingOfIt() throws SQLException {
        PostgresServer server =
                PostgresServer.start(Map.of("fsync", "on", "log_line_prefix", "it's %m ", "max_connections", "33"));
        try (server) {
            assertThat(ProcessHandle.of(server.pid().orElseThrow())
                            .orElseThrow()
                            .isAlive())
                    .isTrue();
            assertThat(show(server, "fsync")).isEqualTo("on");
            assertThat(show(server, "synchronous_commit")).isEqualTo("on");
            assertThat(show(server, "log_line_prefix")).isEqualTo("it's %m ");
            assertThat(show(server, "max_connections")).isEqualTo("33");
        }
        // its process may be left as a zombie where the JVM's environment has no init that waits for it
        assertThatThrownBy(() -> show(server, "fsync")).hasRootCauseInstanceOf(ConnectException.class);
    }

    @Test
    @DisplayName("a server that is killed and restarted recovers what was committed, as from a crash")
    void restarts() throws SQLException {
        try (PostgresServer server = PostgresServer.start()) {
            long first = server.pid().orElseThrow();
            execute(server, "CREATE TABLE kept AS SELECT 1", "CREATE UNLOGGED TABLE emptied_by_recovery AS SELECT 1");

            server.restart();

            assertThat(query(server, "SELECT count(*) FROM kept")).isEqualTo("1");
            assertThat(query(server, "SELECT count(*) FROM emptied_by_recovery"))
                    .isEqualTo("0");
            assertThat(server.pid().orElseThrow()).isNotEqualTo(first);
            assertThat(show(server, "fsync")).isEqualTo("off");
        }
    }

    @Test
    void refusesToRestartWhatIsNotItsOwn(PostgresServer shared) {
        PostgresServer named = PostgresServer.named(shared.r2dbcUrl());
        assertThatThrownBy(named::restart)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("only an embedded server can be restarted, not " + named.description());
    }

    private static String show(PostgresServer server, String setting) throws SQLException {
        return query(server, "SHOW " + setting);
    }

    private static String query(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = connect(server);
                ResultSet row = connection.createStatement().executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }

    private static void execute(PostgresServer server, String... statements) throws SQLException {
        try (Connection connection = connect(server)) {
            for (String statement : statements) {
                connection.createStatement().execute(statement);
            }
        }
    }

    private static Connection connect(PostgresServer server) throws SQLException {
        String url = "jdbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database();
        return DriverManager.getConnection(url, server.username(), server.password());
    }
}
