package io.reactivelock.mutiny;

import io.r2dbc.spi.ConnectionFactories;
import io.reactivelock.FencingToken;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Mono;

/** The code of docs/quarkus.md, so that it compiles. */
final class QuarkusPage {
    private QuarkusPage() {}
}

@Singleton
class LockProducer {
    @Produces
    @ApplicationScoped
    MutinyLockClient locks() {
        return MutinyLockClient.create(RedisLockBackend.create("redis://localhost:6379"));
    }

    void close(@Disposes MutinyLockClient locks) {
        locks.close().await().atMost(Duration.ofSeconds(10));
    }
}

@Path("/items/{sku}/purchase")
class PurchaseResource {
    private final MutinyLockClient locks;
    private final Stock stock;

    @Inject
    PurchaseResource(MutinyLockClient locks, Stock stock) {
        this.locks = locks;
        this.stock = stock;
    }

    @POST
    public Uni<Response> purchase(@PathParam("sku") String sku) {
        LockRequest request =
                LockRequest.of("item:" + sku).waitTime(Duration.ofSeconds(2)).maxHold(Duration.ofSeconds(30));
        return locks.withLock(request, lease -> stock.sell(sku, lease.token()))
                .map(sold ->
                        sold == 1 ? Response.ok().build() : Response.status(404).build())
                .onFailure(LockTimeoutException.class)
                .recoverWithItem(PurchaseResource::comeBackLater)
                .onFailure(LeaseLostException.class)
                .recoverWithItem(PurchaseResource::comeBackLater)
                .onFailure(StaleTokenException.class)
                .recoverWithItem(() -> Response.status(Response.Status.CONFLICT).build());
    }

    private static Response comeBackLater() {
        return Response.status(Response.Status.SERVICE_UNAVAILABLE)
                .header(HttpHeaders.RETRY_AFTER, 1)
                .build();
    }
}

@Singleton
class Stock {
    private final R2dbcFencingGuard guard =
            R2dbcFencingGuard.create(ConnectionFactories.get("r2dbc:pool:postgresql://localhost/shop"));

    Uni<Long> sell(String sku, FencingToken token) {
        String resource = "item:" + sku;
        Mono<Long> sold = guard.advance(resource, token)
                .then(guard.update(
                        resource,
                        token,
                        "UPDATE stock SET units = units - 1 WHERE sku = $1 AND units > 0",
                        statement -> statement.bind("$1", sku)));
        return Uni.createFrom().publisher(JdkFlowAdapter.publisherToFlowPublisher(sold));
    }
}
