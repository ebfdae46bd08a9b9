import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.*;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spring.*;
import io.reactivelock.spring.test.AutoConfigureReactiveLock;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.springframework.boot.data.r2dbc.test.autoconfigure.DataR2dbcTest;
import org.springframework.boot.webflux.test.autoconfigure.WebFluxTest;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.AliasFor;
import org.springframework.data.annotation.Id;
import org.springframework.data.r2dbc.repository.Modifying;
import org.springframework.data.r2dbc.repository.Query;
import org.springframework.data.r2dbc.repository.R2dbcRepository;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.data.repository.reactive.ReactiveCrudRepository;
import org.springframework.r2dbc.connection.ConnectionFactoryUtils;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;

abstract class Preamble {
    LockClient locks;
    R2dbcFencingGuard guard;
    Lease lease;
    ConnectionFactory connectionFactory;
    DatabaseClient databaseClient;
    TransactionalOperator transactionalOperator;
    Orders orders;
    StockRepository stock;

    abstract Mono<Order> charge(Order order);

    abstract Mono<Long> sell();
}

record Order(String id) {}

record Receipt(String order) {}

record Stock(@Id String sku, int units) {}

@Table
record Item(@Id String sku, int units) {
    boolean inStock() {
        return units > 0;
    }

    Item sold() {
        return new Item(sku, units - 1);
    }
}

interface Orders {
    Mono<Order> load(String id);

    Mono<Void> report();
}

interface Provider {
    Mono<Receipt> charge(String order);
}

interface Audit {}

final class AuditedLockClient extends DelegatingLockClient {
    AuditedLockClient(LockClient locks, Audit audit) {
        super(locks);
    }
}

final class PurchaseController {}
