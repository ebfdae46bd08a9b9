package io.reactivelock.example;

import io.reactivelock.LockRequest;
import io.reactivelock.pgguard.VertxFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.vertx.VertxLockClient;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;

/**
 * Sells items over HTTP, {@code POST /items/:sku/purchase}, one sale of an item at a time over all instances and processes. What
 * it opens closes when it is undeployed: a purchase that waits for its lock is refused, and one that holds it gives it back.
 */
final class ShopVerticle extends VerticleBase {
    private final String redis;
    private final PgConnectOptions postgres;
    private final int port;
    private Pool pool;
    private VertxLockClient locks;
    private VertxFencingGuard guard;

    /**
     * @param redis its URI
     * @param postgres how to connect
     * @param port where to listen; several instances share it
     */
    @SuppressWarnings("NullAway.Init") // the rest is made in start
    ShopVerticle(String redis, PgConnectOptions postgres, int port) {
        this.redis = redis;
        this.postgres = postgres;
        this.port = port;
    }

    @Override
    public Future<HttpServer> start() {
        pool = PgBuilder.pool()
                .connectingTo(new PgConnectOptions(postgres).setCachePreparedStatements(true))
                .using(vertx)
                .build();
        locks = VertxLockClient.create(vertx, RedisLockBackend.create(redis));
        guard = VertxFencingGuard.create(pool);

        Router router = Router.router(vertx);
        router.post("/items/:sku/purchase").handler(this::purchase);
        router.route().failureHandler(ShopVerticle::refuse);
        return vertx.createHttpServer().requestHandler(router).listen(port);
    }

    private void purchase(RoutingContext context) {
        String sku = context.pathParam("sku");
        sell(sku)
                .onSuccess(left -> context.json(new JsonObject().put("sku", sku).put("left", left)))
                .onFailure(context::fail);
    }

    private Future<Integer> sell(String sku) {
        LockRequest request =
                LockRequest.of("item:" + sku).leaseTime(Duration.ofSeconds(5)).waitTime(Duration.ofSeconds(2));
        return guard.withLock(
                locks,
                request,
                lease -> guard.write(lease.name(), lease.token(), connection -> takeOne(connection, sku)));
    }

    /** Reads, decides, writes: safe, for nobody else is let in between, whatever becomes of this process. */
    private static Future<Integer> takeOne(SqlConnection connection, String sku) {
        return connection
                .preparedQuery("SELECT units FROM item WHERE sku = $1")
                .execute(Tuple.of(sku))
                .compose(rows -> {
                    if (rows.size() == 0) {
                        return Future.failedFuture(new Refusal(404, "there is no such item"));
                    }
                    int left = rows.iterator().next().getInteger(0) - 1;
                    if (left < 0) {
                        return Future.failedFuture(new Refusal(410, "sold out"));
                    }
                    return connection
                            .preparedQuery("UPDATE item SET units = $2 WHERE sku = $1")
                            .execute(Tuple.of(sku, left))
                            .map(left);
                });
    }

    private static void refuse(RoutingContext context) {
        Refusal refusal = Refusal.of(context.failure());
        if (refusal.status() == 503) {
            context.response().putHeader("Retry-After", "1");
        }
        context.response().setStatusCode(refusal.status());
        context.json(new JsonObject().put("error", refusal.getMessage()));
    }
}
