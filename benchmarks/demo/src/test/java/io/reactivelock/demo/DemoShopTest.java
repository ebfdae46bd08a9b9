package io.reactivelock.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@DisplayName("The shop, end to end")
@Tag("long")
class DemoShopTest {
    @Test
    @DisplayName(
            "B9, E1: a process that was stopped writes late; without the guard the write counts, with it it is refused")
    void theGuardIsExactWhereTheLockIsNot() {
        Console console = Console.run(
                "--processes=2", "--buyers=60", "--stock=20", "--items=2", "--pauses=1", "--lease=400", "--json");

        JsonNode modes = JsonMapper.shared().readTree(console.lastLine()).get("modes");
        JsonNode none = modes.get(0);
        assertThat(none.get("staleWritesAccepted").asLong()).isPositive();
        assertThat(none.get("lostUpdates").asLong()).isPositive();
        JsonNode lock = modes.get(1);
        assertThat(lock.get("staleWritesAttempted").asLong()).isPositive();
        assertThat(lock.get("staleWritesAccepted")).isEqualTo(lock.get("staleWritesAttempted"));
        assertThat(lock.get("lostUpdates").asLong()).isPositive();
        assertThat(lock.get("oversold").asLong()).isPositive();
        assertThat(lock.get("leasesLost").asLong()).isPositive();
        JsonNode guarded = modes.get(2);
        assertThat(guarded.get("sold").asLong()).isEqualTo(20);
        assertThat(guarded.get("acknowledged").asLong()).isEqualTo(20);
        assertThat(guarded.get("oversold").asLong()).isZero();
        assertThat(guarded.get("lostUpdates").asLong()).isZero();
        assertThat(guarded.get("historyErrors").asLong()).isZero();
        assertThat(guarded.get("staleWritesAccepted").asLong()).isZero();
        assertThat(guarded.get("staleWritesRejected").asLong()).isPositive();
        assertThat(guarded.get("handOffs").asLong()).isPositive();
        assertThat(console.exitCode()).isZero();
        assertThat(console.out()).startsWith("Servers: Redis ").contains("PostgreSQL ", "no unit was sold twice.");
        assertThat(console.err()).contains("stands still in the middle of a sale");
        assertThat(ProcessHandle.current().descendants().filter(DemoSurvivorsTest::isWorker))
                .isEmpty();
    }

    @Test
    @DisplayName("servers of the user's own are left as they were found")
    void namedServersAreLeftClean() throws SQLException {
        RedisServer redis = RedisServer.shared();
        PostgresServer postgres = PostgresServer.shared();

        Console console = Console.run(
                "--redis=" + redis.uri(),
                "--postgres=" + postgres.r2dbcUrl(),
                "--processes=2",
                "--buyers=20",
                "--stock=10",
                "--items=1",
                "--lease=300");

        assertThat(console.err()).doesNotContain("demo: ");
        assertThat(console.exitCode()).isZero();
        assertThat(console.out()).startsWith("Servers: Redis ").contains(", as named, ");
        assertThat(schemas(postgres)).isEmpty();
        assertThat(keys(redis)).isEmpty();
    }

    private static List<String> schemas(PostgresServer server) throws SQLException {
        String url = "jdbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database();
        List<String> names = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url, server.username(), server.password());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'reactive_lock_demo%'")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    private static List<String> keys(RedisServer server) {
        try (RedisClient client = RedisClient.create(server.uri())) {
            return client.connect().sync().keys("*benchmarks-demo*");
        }
    }
}
