package io.reactivelock.quarkus;

import io.reactivelock.LockRequest;
import io.reactivelock.mutiny.MutinyLockClient;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.util.concurrent.CompletableFuture;

/** Holds a lock, with work that ends by a cancel only. */
@Singleton
@Path("/slow")
public class SlowResource {
    static final LockRequest REQUEST = LockRequest.of("slow");

    final CompletableFuture<Void> begun = new CompletableFuture<>();
    final CompletableFuture<Void> cancelled = new CompletableFuture<>();

    @Inject
    MutinyLockClient locks;

    @GET
    public Uni<String> hold() {
        return locks.withLock(REQUEST, lease -> {
            begun.complete(null);
            return Uni.createFrom().<String>nothing().onCancellation().invoke(() -> cancelled.complete(null));
        });
    }
}
