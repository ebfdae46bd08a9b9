package io.reactivelock.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An application with its actuator, over HTTP. */
@DisplayName("An application's actuator")
class ActuatorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static ConfigurableApplicationContext context;
    private static String actuator;
    private static WebTestClient web;
    private static LockClient locks;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(InMemoryLocks.class)
    static class LockedApplication {}

    @BeforeAll
    static void start() {
        context = new SpringApplicationBuilder(LockedApplication.class)
                .web(WebApplicationType.REACTIVE)
                .properties(
                        "server.port=0",
                        "spring.main.banner-mode=off",
                        "spring.autoconfigure.exclude="
                                + "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration,"
                                + "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration,"
                                + "org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration",
                        "management.endpoints.web.exposure.include=health,locks,metrics",
                        "management.endpoint.locks.show-values=always",
                        "management.endpoint.health.show-details=always",
                        "management.endpoint.health.probes.enabled=true")
                .run();
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        actuator = "http://localhost:" + port + "/actuator";
        web = WebTestClient.bindToServer().responseTimeout(PATIENCE).build();
        locks = context.getBean(LockClient.class);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static Lease acquire(String name) {
        return Objects.requireNonNull(locks.acquire(LockRequest.of(name)).block(PATIENCE));
    }

    private static WebTestClient.BodyContentSpec get(String path) {
        return web.get().uri(uri(path)).exchange().expectStatus().isOk().expectBody();
    }

    /** As it stands, with what is encoded in it. */
    private static URI uri(String path) {
        return URI.create(actuator + path);
    }

    private static JsonNode json(String path) {
        String body = web.get()
                .uri(uri(path))
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();
        return JsonMapper.shared().readTree(Objects.requireNonNull(body));
    }

    private static JsonNode element(JsonNode all, String key, String value) {
        return all.valueStream()
                .filter(each -> each.required(key).asString().equals(value))
                .findFirst()
                .orElseThrow(() -> new AssertionError(value + " is not in " + all));
    }

    @Test
    @DisplayName("shows what is held, with durations and tokens as a reader expects them")
    void showsWhatIsHeld() {
        Lease lease = acquire("held:42");
        locks.acquire(LockRequest.of("held:42"))
                .subscribe(next -> next.release().subscribe());

        JsonNode all = json("/locks");
        JsonNode held = element(all.required("locks"), "name", "held:42");
        assertThat(held.required("group").asString()).isEqualTo("held");
        assertThat(held.required("token").asLong()).isEqualTo(lease.token().value());
        assertThat(held.required("holder").asString())
                .isEqualTo(lease.backendHolder().toString());
        assertThat(Duration.parse(held.required("heldFor").asString())).isPositive();
        assertThat(Duration.parse(held.required("remaining").asString())).isPositive();
        assertThat(element(all.required("waiting"), "name", "held:42")
                        .required("count")
                        .asInt())
                .isOne();
        assertThat(element(all.required("groups"), "group", "held")
                        .required("acquired")
                        .asInt())
                .isOne();
        assertThat(all.required("maxWaiters").asInt()).isEqualTo(100_000);
        assertThat(lease.release().block(PATIENCE)).isTrue();
    }

    @Test
    @DisplayName("finds a lock by its name, and says where it has none")
    void findsALock() {
        Lease lease = acquire("found:a/b c");
        get("/locks/found:a/b%20c")
                .jsonPath("$.name")
                .isEqualTo("found:a/b c")
                .jsonPath("$.locks.length()")
                .isEqualTo(1);
        web.get().uri(uri("/locks/found:a")).exchange().expectStatus().isNotFound();
        assertThat(lease.release().block(PATIENCE)).isTrue();
        web.get().uri(uri("/locks/found:a/b%20c")).exchange().expectStatus().isNotFound();
    }

    @Test
    @DisplayName("frees nothing")
    void freesNothing() {
        Lease lease = acquire("kept:1");
        web.delete().uri(uri("/locks/kept:1")).exchange().expectStatus().isEqualTo(405);
        assertThat(lease.isValid()).isTrue();
        assertThat(lease.release().block(PATIENCE)).isTrue();
    }

    @Test
    @DisplayName("tells of a job that ran, and of one that was skipped")
    void tellsOfJobs() {
        LockRequest job = LockRequest.of("nightly-report").group("nightly");
        Lease elsewhere = Objects.requireNonNull(LockClient.create(context.getBean(InMemoryLockBackend.class))
                .tryAcquire(job)
                .block(PATIENCE));
        locks.tryWithLock(job, lease -> Mono.just("ran")).block(PATIENCE);
        assertThat(elsewhere.release().block(PATIENCE)).isTrue();
        assertThat(locks.tryWithLock(job, lease -> Mono.just("ran")).block(PATIENCE))
                .isEqualTo("ran");

        JsonNode group = element(json("/locks").required("groups"), "group", "nightly");
        assertThat(group.required("acquired").asInt()).isOne();
        assertThat(group.required("busy").asInt()).isOne();
        assertThat(Instant.parse(group.required("lastBusy").asString())).isAfter("2026-01-01T00:00:00Z");
        assertThat(Duration.parse(group.required("lastHeldFor").asString())).isPositive();
        assertThat(timed("reactive.lock.acquire?tag=lock:nightly&tag=outcome:busy"))
                .isOne();
        assertThat(timed("reactive.lock.hold?tag=lock:nightly")).isOne();
    }

    private static int timed(String meter) {
        return element(json("/metrics/" + meter).required("measurements"), "statistic", "COUNT")
                .required("value")
                .asInt();
    }

    @Test
    @DisplayName("has the locks in its health, and not in its liveness")
    void hasHealth() {
        get("/health")
                .jsonPath("$.components.reactiveLock.status")
                .isEqualTo("UP")
                .jsonPath("$.components.reactiveLock.details.backend")
                .isEqualTo("InMemoryLockBackend")
                .jsonPath("$.components.reactiveLock.details.consistency")
                .isEqualTo("LINEARIZABLE");
        get("/health/liveness").jsonPath("$.components.reactiveLock").doesNotExist();
    }

    @Test
    @DisplayName("times a lock once, though it is observed")
    void timesOnce() {
        assertThat(context.getBean(ObservationRegistry.class).isNoop()).isFalse();
        assertThat(locks.withLock(LockRequest.of("once:1"), lease -> Mono.just("done"))
                        .block(PATIENCE))
                .isEqualTo("done");

        MeterRegistry meters = context.getBean(MeterRegistry.class);
        assertThat(meters.get("reactive.lock.hold").tag("lock", "once").timers())
                .isNotEmpty();
        assertThat(meters.find("reactive.lock.observed.hold").meters()).isEmpty();
        assertThat(meters.find("reactive.lock.observed.acquire").meters()).isEmpty();
        assertThat(meters.getMeters())
                .noneMatch(meter -> meter.getId().getName().startsWith("reactive.lock.observed"));
    }
}
