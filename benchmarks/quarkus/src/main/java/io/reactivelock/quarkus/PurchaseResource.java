package io.reactivelock.quarkus;

import io.reactivelock.LeaseLostException;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.mutiny.MutinyLockClient;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.Duration;

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
                .onFailure(PurchaseResource::mayBeRepeated)
                .recoverWithItem(PurchaseResource::comeBackLater)
                .onFailure(StaleTokenException.class)
                .recoverWithItem(() -> Response.status(Response.Status.CONFLICT).build());
    }

    private static boolean mayBeRepeated(Throwable failure) {
        return failure instanceof LockTimeoutException
                || failure instanceof LeaseLostException
                || failure instanceof LockBackendException backend && backend.isTransient()
                || failure instanceof FencingGuardException guard && guard.isTransient();
    }

    private static Response comeBackLater() {
        return Response.status(Response.Status.SERVICE_UNAVAILABLE)
                .header(HttpHeaders.RETRY_AFTER, 1)
                .build();
    }
}
