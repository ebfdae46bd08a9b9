package io.reactivelock.fencing.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A fence within the condition of a statement is safe under any plan that looks at it once, before the first row: then the fence is
 * locked before rows of the user's, and nothing is written where it is not.
 */
class FencedPlanTest {
    private static final PostgresFence FENCE = PostgresFence.create(FencingGuardOptions.defaults());
    private static final FencingToken TOKEN = Database.token(33);

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final Database database = Database.create(POSTGRES.server());
    private Connection connection;

    @BeforeEach
    void connect() throws SQLException {
        database.execute(
                "CREATE TABLE stock (sku text, part int, units int, PRIMARY KEY (sku, part)) PARTITION BY LIST (part)");
        database.execute("CREATE TABLE stock_0 PARTITION OF stock FOR VALUES IN (0)");
        database.execute("CREATE TABLE stock_1 PARTITION OF stock FOR VALUES IN (1)");
        PostgresServer server = POSTGRES.server();
        connection = DriverManager.getConnection(
                "jdbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database()
                        + "?preferQueryMode=simple&currentSchema=" + database.schema(),
                server.username(),
                server.password());
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
        database.execute("DROP SCHEMA " + database.schema() + " CASCADE");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "UPDATE balance SET amount = 1 WHERE resource = $1",
                "UPDATE balance SET amount = 1 WHERE resource = $1 OR amount > 3",
                "UPDATE balance SET amount = 1",
                "UPDATE balance SET amount = (SELECT count(*) FROM log WHERE log.resource = balance.resource) WHERE resource = $1",
                "UPDATE balance SET amount = seq.token FROM log AS seq WHERE seq.resource = balance.resource",
                "UPDATE balance SET amount = 1 WHERE EXISTS (SELECT FROM log WHERE log.resource = balance.resource)",
                "DELETE FROM balance USING log WHERE log.resource = balance.resource AND log.op = $1",
                "DELETE FROM log WHERE resource = $1",
                "UPDATE stock SET units = 1 WHERE sku = $1",
                "UPDATE stock SET units = 1 WHERE sku = $1 AND part = 1",
                "UPDATE stock SET part = 1 WHERE sku = $1 AND part = 0",
            })
    void theFenceIsLookedAtOnceBeforeTheFirstRow(String sql) throws SQLException { // E1, E15
        String fenced = FENCE.update("order:1", TOKEN, sql).sql();
        int parameters = FENCE.update("order:1", TOKEN, sql).first();
        try (Statement statement = connection.createStatement()) {
            statement.execute("PREPARE fenced AS " + fenced);
            for (String mode : List.of("force_custom_plan", "force_generic_plan")) {
                statement.execute("SET plan_cache_mode = " + mode);
                String plan = explain(statement, parameters == 0 ? "" : "'a', ");

                assertThat(plan).contains("One-Time Filter: COALESCE").contains("LockRows");
                // above every look at a row of the user's
                assertThat(plan.indexOf("One-Time Filter: COALESCE"))
                        .isLessThan(firstOf(plan, "Scan on balance", "Scan on log", "Scan on stock", "Scan using"));
            }
        }
    }

    private static int firstOf(String plan, String... scans) {
        int first = plan.length();
        // the fence's own scan is in a plan of its own, before
        int after = plan.indexOf("One-Time Filter: COALESCE");
        for (String scan : scans) {
            int found = plan.indexOf(scan, after);
            first = found < 0 ? first : Math.min(first, found);
        }
        return first;
    }

    private static String explain(Statement statement, String own) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (ResultSet lines = statement.executeQuery(
                "EXPLAIN (COSTS OFF) EXECUTE fenced(" + own + "'order:1', 33, '" + TOKEN.holder() + "')")) {
            while (lines.next()) {
                plan.append(lines.getString(1)).append('\n');
            }
        }
        return plan.toString();
    }
}
