package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
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

    private static String show(PostgresServer server, String setting) throws SQLException {
        String url = "jdbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database();
        try (Connection connection = DriverManager.getConnection(url, server.username(), server.password());
                ResultSet row = connection.createStatement().executeQuery("SHOW " + setting)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }
}
