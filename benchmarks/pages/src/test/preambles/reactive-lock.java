import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;
import io.reactivelock.*;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spi.*;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.testkit.*;
import io.reactivelock.testservers.*;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

abstract class Preamble {
    RedisClient redisClient;
    RedisServer redis;
    LockClient locks;
    LockProfiles profiles;
    Order order;
    int slot;

    abstract Mono<Receipt> charge(Order order);

    abstract Mono<Receipt> neverEnding();

    abstract void hold(LockClient locks);

    abstract void connect(RedisServer server);

    abstract void connect(PostgresServer server);
}

record Order(String id) {}

record Receipt(String operation) {}

final class MyLockBackend extends DelegatingLockBackend {
    MyLockBackend(String server) {
        super(InMemoryLockBackend.create());
    }
}

final class MyAdapterAsSubject implements LockSubject {
    private final LockSubject adapter;

    MyAdapterAsSubject(LockBackend backend, LockClientOptions options) {
        adapter = LockSubject.of(LockClient.create(backend, options));
    }

    @Override
    public Mono<Lease> tryAcquire(LockRequest request) {
        return adapter.tryAcquire(request);
    }

    @Override
    public Mono<Lease> acquire(LockRequest request) {
        return adapter.acquire(request);
    }

    @Override
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<T>> work) {
        return adapter.withLock(request, work);
    }

    @Override
    public Mono<Void> close() {
        return adapter.close();
    }
}
