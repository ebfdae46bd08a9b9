package io.reactivelock.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

@DisplayName("The shop of the example, over HTTP")
class ShopVerticleTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static RedisServer redis;
    private static PostgresServer postgres;
    private static Vertx vertx;
    private static Pool pool;
    private static RedisClient client;
    private static int port;

    @BeforeAll
    static void open() throws IOException {
        redis = RedisServer.shared();
        postgres = PostgresServer.shared();
        vertx = Vertx.vertx();
        port = freePort();
        Example.open(vertx, redis, postgres, port).await();
        pool = PgBuilder.pool()
                .connectingTo(new PgConnectOptions()
                        .setHost(postgres.host())
                        .setPort(postgres.port())
                        .setDatabase(postgres.database())
                        .setUser(postgres.username())
                        .setPassword(postgres.password()))
                .using(vertx)
                .build();
        client = RedisClient.create(redis.uri());
    }

    @AfterAll
    static void close() {
        pool.close().await();
        vertx.close().await();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void item(String sku, int units) {
        pool.query("INSERT INTO item VALUES ('" + sku + "', " + units + ")")
                .execute()
                .await();
    }

    private static CompletableFuture<HttpResponse<String>> purchase(String sku) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + port + "/items/" + sku + "/purchase"))
                .POST(BodyPublishers.noBody())
                .build();
        return HTTP.sendAsync(request, BodyHandlers.ofString());
    }

    @Test
    @DisplayName("sells each unit once, over both instances")
    void sells() {
        item("crowd", 10);
        List<CompletableFuture<HttpResponse<String>>> crowd =
                Stream.generate(() -> purchase("crowd")).limit(25).toList();

        Map<Integer, Long> answers = crowd.stream()
                .map(CompletableFuture::join)
                .map(HttpResponse::statusCode)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));

        assertThat(answers).isEqualTo(Map.of(200, 10L, 410, 15L));
        assertThat(pool.query("SELECT units FROM item WHERE sku = 'crowd'")
                        .execute()
                        .await()
                        .iterator()
                        .next()
                        .getInteger(0))
                .isZero();
    }

    @Test
    @DisplayName("503 with Retry-After while someone else has the lock")
    void notAcquiredInTime() {
        item("busy", 1);
        LockClient other = LockClient.create(RedisLockBackend.create(client));
        Lease lease = Objects.requireNonNull(
                other.acquire(LockRequest.of("item:busy")).block(Duration.ofSeconds(10)));

        HttpResponse<String> refused = purchase("busy").join();

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        lease.release().block(Duration.ofSeconds(10));
        assertThat(purchase("busy").join().statusCode()).isEqualTo(200);
        other.close().block(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("409 for a holder that was overtaken before it wrote, and nothing is written")
    void stale() {
        item("stale", 1);
        pool.query("CREATE FUNCTION overtake() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " UPDATE fencing_guard SET token = NEW.token + 1, holder = repeat('f', 32)"
                        + " WHERE resource = NEW.resource; RETURN NULL; END $$;"
                        // as the advance is committed
                        + " CREATE CONSTRAINT TRIGGER overtake AFTER INSERT OR UPDATE ON fencing_guard"
                        + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
                        + " WHEN (NEW.resource = 'item:stale' AND pg_trigger_depth() = 0) EXECUTE FUNCTION overtake()")
                .execute()
                .await();

        HttpResponse<String> refused = purchase("stale").join();

        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
        assertThat(refused.headers().firstValue("Retry-After")).isEmpty();
        assertThat(pool.query("SELECT units FROM item WHERE sku = 'stale'")
                        .execute()
                        .await()
                        .iterator()
                        .next()
                        .getInteger(0))
                .isOne();
        pool.query("DROP TRIGGER overtake ON fencing_guard; DROP FUNCTION overtake")
                .execute()
                .await();
    }

    @Test
    @DisplayName("503 for a holder that lost its lock in the middle")
    void lost() {
        item("lost", 1);
        SqlConnection other = pool.getConnection().await();
        other.query("BEGIN; SELECT FROM item WHERE sku = 'lost' FOR UPDATE")
                .execute()
                .await();
        CompletableFuture<HttpResponse<String>> stuck = purchase("lost");
        try (StatefulRedisConnection<String, String> admin = client.connect()) {
            Mono.fromSupplier(() -> admin.sync().del("reactive-lock:{item:lost}:lock"))
                    .filter(deleted -> deleted == 1)
                    .repeatWhenEmpty(tries -> tries.delayElements(Duration.ofMillis(5)))
                    .block(Duration.ofSeconds(10));
        }

        HttpResponse<String> refused = stuck.join();

        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        other.query("ROLLBACK").execute().await();
        other.close().await();
    }

    @Test
    @DisplayName("404 for an item that there is not, 400 for what cannot be one")
    void unknown() {
        assertThat(purchase("nothing").join().statusCode()).isEqualTo(404);
        assertThat(purchase("a%0Ab").join().statusCode()).isEqualTo(400);
    }
}
