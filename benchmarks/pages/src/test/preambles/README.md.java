import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.mutiny.MutinyLockClient;
import io.reactivelock.pgguard.VertxFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spring.Fenced;
import io.reactivelock.spring.Locked;
import io.reactivelock.vertx.VertxLockClient;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import org.springframework.data.annotation.Id;
import org.springframework.data.r2dbc.repository.R2dbcRepository;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import reactor.core.publisher.Mono;

abstract class Preamble {
    ConnectionFactory connectionFactory;
    Vertx vertx;
    Pool pool;
    Order order;

    abstract Uni<Receipt> charge(Order order);
}

record Order(String id) {}

record Receipt(String operation) {}

@Table
record Item(@Id String sku, int units) {
    boolean inStock() {
        return units > 0;
    }

    Item sold() {
        return new Item(sku, units - 1);
    }
}
