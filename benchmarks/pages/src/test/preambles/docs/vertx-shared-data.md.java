import io.reactivelock.*;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.vertx.VertxLockClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

abstract class Preamble {
    Vertx vertx;
    VertxLockClient locks;
    LockRequest request;
    Order order;

    abstract Future<Receipt> charge(Order order);

    abstract Future<Receipt> charge(Order order, FencingToken token);

    abstract void stop(LeaseLoss.Reason reason);
}

record Order(String id) {}

record Receipt(String operation) {}
