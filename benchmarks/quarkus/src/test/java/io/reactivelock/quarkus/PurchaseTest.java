package io.reactivelock.quarkus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.r2dbc.spi.ConnectionFactories;
import io.reactivelock.mutiny.MutinyLease;
import io.reactivelock.mutiny.MutinyLockClient;
import jakarta.inject.Inject;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** The application of docs/quarkus.md, inside Quarkus and over HTTP. */
@QuarkusTest
@QuarkusTestResource(ShopServers.class)
class PurchaseTest {
    private static final int UNITS = 150;
    private static final int BUYERS = 201;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TestHTTPResource("/")
    URI shop;

    @ConfigProperty(name = "shop.postgresql")
    String postgresql;

    @Inject
    MutinyLockClient locks;

    @Inject
    SlowResource slow;

    @Test
    void sellsWhatIsThere() throws Exception {
        sql("CREATE TABLE stock (sku text PRIMARY KEY, units int)");
        sql("INSERT INTO stock VALUES ('apple', " + UNITS + ")");
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

        List<CompletableFuture<Integer>> buyers =
                IntStream.range(0, BUYERS).mapToObj(i -> buy(client)).toList();

        CompletableFuture.allOf(buyers.toArray(CompletableFuture[]::new))
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertEquals(
                Map.of(200, (long) UNITS, 404, (long) BUYERS - UNITS),
                buyers.stream().collect(Collectors.groupingBy(CompletableFuture::join, Collectors.counting())));
        assertEquals(List.of(0), sql("SELECT units FROM stock"));
    }

    @Test
    void disconnectFreesTheLock() throws Exception {
        try (Socket client = new Socket(shop.getHost(), shop.getPort())) {
            client.getOutputStream()
                    .write("GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            slow.begun.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertNull(locks.tryAcquire(SlowResource.REQUEST).await().atMost(PATIENCE));
        }

        slow.cancelled.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        MutinyLease next =
                locks.acquire(SlowResource.REQUEST.waitTime(PATIENCE)).await().atMost(PATIENCE);
        assertNotNull(next);
        next.release().await().atMost(PATIENCE);
    }

    /** Comes back when told to. */
    private CompletableFuture<Integer> buy(HttpClient client) {
        HttpRequest request = HttpRequest.newBuilder(shop.resolve("/items/apple/purchase"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .thenCompose(response -> response.statusCode() == 503
                        ? buy(client)
                        : CompletableFuture.completedFuture(response.statusCode()));
    }

    private List<Object> sql(String sql) {
        return Flux.usingWhen(
                        ConnectionFactories.get(postgresql.replace("pool:", "")).create(),
                        connection -> Flux.from(connection.createStatement(sql).execute())
                                .flatMap(result -> Flux.<Object>from(result.map((row, metadata) -> row.get(0)))),
                        connection -> connection.close())
                .collectList()
                .block(PATIENCE);
    }
}
