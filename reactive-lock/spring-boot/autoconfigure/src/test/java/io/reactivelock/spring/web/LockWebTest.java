package io.reactivelock.spring.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.spring.UnfencedWriteException;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.error.ErrorWebFluxAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** A real server, asked over real connections. */
@ExtendWith(OutputCaptureExtension.class)
class LockWebTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SECRET = "patient:4711";

    private static final Map<String, Throwable> FAILURES = Map.of(
            "timeout", new LockTimeoutException(SECRET, Duration.ofSeconds(2), null),
            "lost",
                    new LeaseLostException(new LeaseLoss(
                            SECRET,
                            new FencingToken(1, new Holder(1, 1)),
                            LeaseLoss.Reason.EXPIRED,
                            Duration.ZERO,
                            null)),
            "closing", new LockClientDisposedException(SECRET),
            "unreachable", new LockBackendException(SECRET, LockBackendException.Kind.TRANSIENT, "down", null),
            "broken", new LockBackendException(SECRET, LockBackendException.Kind.PERMANENT, "wrong type", null),
            "stale", new StaleTokenException(SECRET, 1, 2, null),
            "storage", new FencingGuardException(FencingGuardException.Kind.TRANSIENT, SECRET, null),
            "unknown", new FencingGuardException(FencingGuardException.Kind.UNKNOWN, SECRET, null),
            "misplaced", new FencingGuardException(FencingGuardException.Kind.PERMANENT, SECRET, null),
            "unfenced", new UnfencedWriteException(SECRET, null));

    private static ConfigurableApplicationContext context;
    private static WebTestClient http;

    @BeforeAll
    static void start() {
        context = new SpringApplicationBuilder(Server.class)
                .web(WebApplicationType.REACTIVE)
                .properties("server.port=0", "spring.main.banner-mode=off", "reactive-lock.web.retry-after=1500ms")
                .run();
        http = WebTestClient.bindToServer()
                .baseUrl("http://localhost:" + port())
                .responseTimeout(PATIENCE)
                .build();
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static int port() {
        return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    static Stream<Arguments> problems() {
        return Stream.of(
                Arguments.of("timeout", 503, "busy", true),
                Arguments.of("lost", 503, "lease-lost", false),
                Arguments.of("unreachable", 503, "locks-unavailable", true),
                Arguments.of("broken", 500, "locks-failed", false),
                Arguments.of("stale", 409, "stale", false),
                Arguments.of("storage", 503, "storage-unavailable", true),
                Arguments.of("unknown", 500, "outcome-unknown", false),
                Arguments.of("misplaced", 500, "guard-failed", false),
                Arguments.of("unfenced", 500, "unfenced-write", false));
    }

    @ParameterizedTest
    @MethodSource("problems")
    void everyFailureIsAProblem(String failure, int status, String type, boolean repeatable) {
        for (String path : new String[] {"/annotated/" + failure, "/functional/" + failure}) {
            WebTestClient.ResponseSpec response = http.get().uri(path).exchange();

            response.expectStatus().isEqualTo(status).expectHeader().contentType(MediaType.APPLICATION_PROBLEM_JSON);
            if (repeatable) {
                response.expectHeader().valueEquals("Retry-After", "2");
            } else {
                response.expectHeader().doesNotExist("Retry-After");
            }
            response.expectBody()
                    .jsonPath("$.type")
                    .isEqualTo("urn:reactive-lock:" + type)
                    .jsonPath("$.status")
                    .isEqualTo(status)
                    .jsonPath("$.detail")
                    .isNotEmpty()
                    .jsonPath("$.instance")
                    .isEqualTo(path)
                    .consumeWith(body -> assertThat(new String(body.getResponseBodyContent(), StandardCharsets.UTF_8))
                            .doesNotContain(SECRET));
        }
    }

    @Test
    void otherFailuresAreNot() {
        http.get()
                .uri("/annotated/other")
                .exchange()
                .expectStatus()
                .isEqualTo(500)
                .expectBody()
                .jsonPath("$.error")
                .isEqualTo("Internal Server Error");
    }

    @Test
    void anErrorIsLoggedOnceWithItsName(CapturedOutput output) {
        http.get().uri("/annotated/misplaced").exchange().expectStatus().isEqualTo(500);

        assertThat(output.getAll().lines().filter(line -> line.contains(" ERROR ")))
                .hasSize(1);
        assertThat(output.getAll()).contains("FencingGuardException: " + SECRET);
    }

    /** A controller's own handler, and an advice for all of them, also for functional routes. */
    @ParameterizedTest
    @CsvSource({"/own,PAYMENT_REQUIRED", "/annotated/closing,GONE", "/functional/closing,GONE"})
    void anApplicationsOwnHandlerComesFirst(String path, HttpStatus status) {
        http.get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectBody()
                .isEmpty();
    }

    /** The lease would be renewed for ever. */
    @Test
    void aClientThatGoesAwayStopsTheWorkAndFreesTheLock() throws IOException, InterruptedException {
        Held held = context.getBean(Held.class);
        long closed;
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port())) {
            client.getOutputStream()
                    .write("GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(held.begun.await(60, TimeUnit.SECONDS)).isTrue();
            closed = System.nanoTime();
        }

        context.getBean(LockClient.class)
                .withLock(LockRequest.of("held").waitTime(PATIENCE), lease -> Mono.empty())
                .block(PATIENCE);
        System.out.printf(
                "The lock was free %d ms after the client had gone%n", (System.nanoTime() - closed) / 1_000_000);

        assertThat(held.cancelled.await(60, TimeUnit.SECONDS)).isTrue();
    }

    private static Mono<String> failure(String kind) {
        return Mono.error(FAILURES.getOrDefault(kind, new IllegalArgumentException("other")));
    }

    static final class Held {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch cancelled = new CountDownLatch(1);
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        NettyReactiveWebServerAutoConfiguration.class,
        HttpHandlerAutoConfiguration.class,
        WebFluxAutoConfiguration.class,
        ErrorWebFluxAutoConfiguration.class,
        CodecsAutoConfiguration.class,
        JacksonAutoConfiguration.class,
        ReactiveLockWebFluxAutoConfiguration.class
    })
    static class Server {
        @Bean
        LockClient locks() {
            return LockClient.create(InMemoryLockBackend.create());
        }

        @Bean
        Held held() {
            return new Held();
        }

        @Bean
        RouterFunction<ServerResponse> routes() {
            return RouterFunctions.route()
                    .GET(
                            "/functional/{kind}",
                            request -> failure(request.pathVariable("kind"))
                                    .flatMap(text -> ServerResponse.ok().bodyValue(text)))
                    .build();
        }

        @Bean
        Annotated annotated(LockClient locks, Held held) {
            return new Annotated(locks, held);
        }

        @Bean
        OwnHandler ownHandler() {
            return new OwnHandler();
        }

        @Bean
        Advice advice() {
            return new Advice();
        }
    }

    @RestController
    static class Annotated {
        private final LockClient locks;
        private final Held held;

        Annotated(LockClient locks, Held held) {
            this.locks = locks;
            this.held = held;
        }

        @GetMapping("/annotated/{kind}")
        Mono<String> fail(@PathVariable("kind") String kind) {
            return failure(kind);
        }

        @GetMapping("/hold")
        Mono<String> hold() {
            return locks.withLock(LockRequest.of("held").leaseTime(Duration.ofSeconds(60)), lease -> {
                held.begun.countDown();
                return Mono.<String>never().doOnCancel(held.cancelled::countDown);
            });
        }
    }

    @RestController
    static class OwnHandler {
        @GetMapping("/own")
        Mono<String> fail() {
            return failure("timeout");
        }

        @ExceptionHandler
        ResponseEntity<Void> own(LockTimeoutException e) {
            return ResponseEntity.status(HttpStatus.PAYMENT_REQUIRED).build();
        }
    }

    @RestControllerAdvice
    static class Advice {
        @ExceptionHandler
        ResponseEntity<Void> gone(LockClientDisposedException e) {
            return ResponseEntity.status(HttpStatus.GONE).build();
        }
    }
}
