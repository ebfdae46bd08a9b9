package io.reactivelock.spring.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.http.HttpHeaders;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;

/** The example over HTTP, on real servers. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureWebTestClient(timeout = "1m")
@DisplayName("The shop on Spring Boot, over HTTP")
class ShopHttpTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Autowired
    private WebTestClient http;

    @Autowired
    private DatabaseClient database;

    @LocalServerPort
    private int port;

    @DynamicPropertySource
    static void servers(DynamicPropertyRegistry registry) {
        PostgresServer postgres = PostgresServer.shared();
        registry.add("spring.data.redis.url", () -> RedisServer.shared().uri());
        registry.add("spring.r2dbc.url", postgres::r2dbcUrl);
        registry.add("spring.r2dbc.username", postgres::username);
        registry.add("spring.r2dbc.password", postgres::password);
    }

    /** Tables under {@code enforce} take no unfenced write, so that the fence is off for this one. */
    private void product(String sku, int units) {
        database.sql("ALTER TABLE product DISABLE TRIGGER USER; INSERT INTO product VALUES ('" + sku + "', " + units
                        + "); ALTER TABLE product ENABLE TRIGGER USER")
                .then()
                .block(PATIENCE);
    }

    private int left(String sku) {
        return Objects.requireNonNull(database.sql("SELECT units FROM product WHERE sku = '" + sku + "'")
                .map(row -> Objects.requireNonNull(row.get(0, Integer.class)))
                .one()
                .block(PATIENCE));
    }

    private WebTestClient.ResponseSpec purchase(String sku) {
        return http.post().uri("/items/{sku}/purchase", sku).exchange();
    }

    @Test
    @DisplayName("a crowd buys exactly what is there")
    void sellsExactly() {
        product("crowd", 20);
        WebClient client = WebClient.create("http://localhost:" + port);
        Map<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();

        Flux.range(0, 50)
                .flatMap(
                        buyer -> client.post()
                                .uri("/items/crowd/purchase")
                                .exchangeToMono(response -> response.releaseBody()
                                        .thenReturn(response.statusCode().value())),
                        50)
                .doOnNext(status -> answers.computeIfAbsent(status, any -> new AtomicInteger())
                        .incrementAndGet())
                .blockLast(PATIENCE);

        assertThat(left("crowd")).isZero();
        assertThat(answers).hasToString("{200=20, 410=30}");
    }

    @Test
    @DisplayName("404 for what there is not, 410 for what is sold out")
    void refusesOfItsOwn() {
        product("none", 0);
        purchase("unheard-of").expectStatus().isNotFound();
        purchase("none").expectStatus().isEqualTo(410);
    }

    @Test
    @DisplayName("409 for a holder that was overtaken before it wrote, and nothing is written")
    void stale() {
        product("stale", 3);
        database.sql("CREATE FUNCTION overtake_shop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " UPDATE public.fencing_guard SET token = NEW.token + 1, holder = repeat('f', 32)"
                        + " WHERE resource = NEW.resource; RETURN NULL; END $$;"
                        // as the advance is committed
                        + " CREATE CONSTRAINT TRIGGER overtake_shop AFTER INSERT OR UPDATE ON fencing_guard"
                        + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
                        + " WHEN (NEW.resource = 'item:stale' AND pg_trigger_depth() = 0)"
                        + " EXECUTE FUNCTION overtake_shop()")
                .then()
                .block(PATIENCE);

        purchase("stale")
                .expectStatus()
                .isEqualTo(409)
                .expectBody()
                .jsonPath("$.type")
                .isEqualTo("urn:reactive-lock:stale");

        assertThat(left("stale")).isEqualTo(3);
    }

    @Test
    @DisplayName("503 with Retry-After where others are at it, and the actuator shows who holds and who waits")
    void busy() {
        product("busy", 1);
        LockClient other =
                LockClient.create(RedisLockBackend.create(RedisServer.shared().uri()));
        Lease lease = Objects.requireNonNull(
                other.acquire(LockRequest.of("item:busy").leaseTime(PATIENCE)).block(PATIENCE));

        purchase("busy")
                .expectStatus()
                .isEqualTo(503)
                .expectHeader()
                .exists(HttpHeaders.RETRY_AFTER)
                .expectBody()
                .jsonPath("$.type")
                .isEqualTo("urn:reactive-lock:busy");

        lease.release().block(PATIENCE);
        purchase("busy").expectStatus().isOk().expectBody().jsonPath("$.units").isEqualTo(0);
        other.close().block(PATIENCE);
        http.get()
                .uri("/actuator/locks")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.locks")
                .isArray();
        http.get()
                .uri("/actuator/health")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.components.reactiveLock.status")
                .isEqualTo("UP");
        assertThat(http.get()
                        .uri("/actuator/prometheus")
                        .exchange()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody())
                .contains(
                        "reactive_lock_acquire_seconds_count", "outcome=\"timeout\"", "fencing_guard_advance_seconds");
    }
}
