import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.*;
import io.reactivelock.pgguard.VertxFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.vertx.*;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;

abstract class Preamble {
    Vertx vertx;
    FencingToken token;
    Order order;

    abstract Future<Receipt> charge(Order order);

    abstract Future<Order> readOrder();
}

record Order(String id, long amount) {}

record Receipt(String operation) {}
