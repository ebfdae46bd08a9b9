import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.*;
import io.reactivelock.fencing.*;
import io.reactivelock.fencing.postgresql.RowFence;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spi.*;
import io.reactivelock.testkit.*;
import java.time.Duration;
import java.util.*;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

// what the reader has, of Redis and PostgreSQL, and in Reactor
abstract class Preamble {
    RedisClient redisClient;
    StatefulRedisConnection<String, String> connection;
    StatefulRedisConnection<String, String> renewals;
    StatefulRedisPubSubConnection<String, String> pubSub;
    ConnectionFactory pool;

    LockClient locks;
    LockRequest request;
    R2dbcFencingGuard guard;
    FencingToken token;

    String id;
    Orders repository;
    Mono<Order> other;
    Scheduler scheduler;

    abstract Mono<Order> charge(Order order);

    abstract Mono<Order> work(Lease lease);

    abstract Order blockingWork();

    abstract Mono<Long> stock(Connection connection, int item);

    abstract Mono<Long> sell(Connection connection, int item, long left);

    abstract Mono<Void> debit(Connection connection);

    abstract Mono<Receipt> log(Connection connection);

    abstract Mono<Receipt> readReceipt(String operation);
}

record Order(String id) {}

record Receipt(String operation) {}

interface Orders {
    Mono<Order> load(String id);

    Mono<Order> save(Order order);
}

final class MyLockBackend extends DelegatingLockBackend {
    MyLockBackend(String server) {
        super(InMemoryLockBackend.create());
    }
}
