import io.reactivelock.*;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spring.*;
import io.reactivelock.spring.test.AutoConfigureReactiveLock;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.data.r2dbc.test.autoconfigure.DataR2dbcTest;
import org.springframework.context.annotation.Bean;
import org.springframework.data.annotation.Id;
import org.springframework.data.r2dbc.repository.Modifying;
import org.springframework.data.r2dbc.repository.Query;
import org.springframework.data.repository.reactive.ReactiveCrudRepository;
import org.springframework.transaction.annotation.Transactional;
import reactor.core.publisher.Mono;

// what an application has
abstract class Preamble {
    LockClient locks;
    LockProfiles profiles;
    R2dbcFencingGuard guard;
    Order order;
    Orders orders;
    Stocks stock;

    abstract Mono<Order> charge(Order order);
}

record Order(String id) {}

record Stock(@Id String sku, int units) {}

interface Orders {
    Mono<Order> load(String id);
}

interface Stocks {
    Mono<Integer> take(String sku, int n);
}
