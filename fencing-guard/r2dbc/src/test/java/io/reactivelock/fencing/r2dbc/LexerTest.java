package io.reactivelock.fencing.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.testservers.PostgresExtension;
import io.reactivelock.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The guard and the server must read a statement alike, for the fence's parameters come after the user's: each is asked for the same. */
class LexerTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static final PostgresFence FENCE = PostgresFence.create(FencingGuardOptions.defaults());
    private static final FencingToken TOKEN = Database.token(1);

    /** What may stand between two parts of a statement; it hides $7, or is no place to hide. */
    private static final List<String> BETWEEN = List.of(
            " ",
            "\t",
            "\n",
            "\r",
            "\f",
            " -- $7\n",
            " -- $7\r",
            " -- $7\r\n",
            " -- '$7\n",
            "/* $7 */",
            "/* /* $7 */ $7 */",
            "/* ' */",
            "/*/ $7 */",
            "/**//***/",
            "/* -- */",
            " -- /*\n",
            "/*\r*/");

    /** Values; those in quotes hide $7. */
    private static final List<String> VALUES = List.of(
            "'$7'",
            "'it''s $7'",
            "''",
            "E'\\'$7'",
            "e'\\\\'",
            "E'$7\\\\\\''",
            "'a\\b$7'",
            "'$7\\\\'",
            "U&'$7'",
            "u&'\\0061$7'",
            "$$ $7 $$",
            "$$'$$",
            "$a$ $7 $$ $b$ $a$",
            "$a_1$ $a$ $7 $a_1$",
            "$\u00e9$ $7 $\u00e9$",
            "'a'\n'$7'",
            "'a'\r'$7'",
            "B'1'::text",
            "X'1F'::text",
            "N'$7'",
            "'/* $7'",
            "'-- $7'",
            "\"op\"",
            "log.\"op\"",
            "\"log\".op",
            "(('$7'))",
            "$1",
            "$3",
            "($2 || '$7')",
            "$1::text || $2",
            "'$7'||$1",
            "op||$2||op");

    private static Connection connection;

    /** By a driver that leaves {@code $1} alone. */
    @BeforeAll
    static void connect() throws SQLException {
        PostgresServer server = POSTGRES.server();
        connection = DriverManager.getConnection(
                "jdbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database()
                        + "?preferQueryMode=simple&currentSchema="
                        + Database.create(server).schema(),
                server.username(),
                server.password());
    }

    @AfterAll
    static void close() throws SQLException {
        connection.close();
    }

    static Stream<String> statements() {
        Stream<String> separated = BETWEEN.stream()
                .flatMap(space -> Stream.of(
                        "UPDATE log SET op = $2::text" + space + "WHERE resource = $1::text" + space,
                        "INSERT" + space + "INTO log (op)" + space + "VALUES ($1" + space + ")"));
        Stream<String> valued = VALUES.stream()
                .flatMap(value -> Stream.of(
                        "UPDATE log SET op = " + value + " WHERE resource = $1::text || $2::text || $3::text",
                        "DELETE FROM log WHERE resource = $1::text || $2::text || $3::text AND op = " + value
                                + "-- $7"));
        return Stream.concat(separated, valued);
    }

    @ParameterizedTest
    @MethodSource("statements")
    void theHighestParameterIsTheServers(String sql) throws SQLException { // E5
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute("PREPARE asked AS " + sql);
            try (ResultSet asked =
                    statement.executeQuery("SELECT cardinality(parameter_types) FROM pg_prepared_statements")) {
                assertThat(asked.next()).isTrue();
                assertThat(FENCE.update("order:1", TOKEN, sql).first()).isEqualTo(asked.getInt(1));
            } finally {
                statement.execute("DEALLOCATE ALL");
            }
        }
    }

    /** What the guard refuses since the session decides what it is, or since the server would not take it either. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE log SET op = '$7",
                "UPDATE log SET op = E'$7\\'",
                "UPDATE log SET op = $a$ $7 $b$",
                "UPDATE log SET op = \"op",
                "UPDATE log SET op = '' /* $7",
                "UPDATE log SET op = (''",
                "UPDATE log SET op = '')",
            })
    void whatTheServerDoesNotReadIsRefused(String sql) throws SQLException { // E5
        assertThatThrownBy(() -> FENCE.update("order:1", TOKEN, sql)).isInstanceOf(IllegalArgumentException.class);
        try (Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("PREPARE asked AS " + sql))
                    .isInstanceOf(SQLException.class);
        }
    }
}
