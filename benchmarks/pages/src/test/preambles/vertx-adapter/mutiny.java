import io.reactivelock.*;
import io.reactivelock.mutiny.*;
import io.reactivelock.redis.RedisLockBackend;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;

abstract class Preamble {
    Order order;

    abstract Uni<Receipt> charge(Order order);

    abstract Uni<Receipt> charge(Order order, FencingToken token);

    abstract Multi<Row> copyRows();

    abstract Uni<Boolean> runThenRelease(MutinyLease lease);
}

record Order(String id) {}

record Receipt(String operation) {}

record Row(String id) {}
