import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.*;
import io.reactivelock.fencing.*;
import io.reactivelock.fencing.postgresql.*;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Mono;

abstract class Preamble {
    ConnectionFactory pool;
    LockClient locks;
    R2dbcFencingGuard guard;
    Connection connection;
    long zxid;
    Holder holder;

    abstract Mono<Order> readOrder();

    abstract Mono<Receipt> book(Order order);

    abstract Mono<Void> debit(Connection connection);

    abstract Mono<Receipt> log(Connection connection);
}

record Order(String id, long amount) {}

record Receipt(String operation) {}
