package io.reactivelock.spring.locked;

import io.reactivelock.DelegatingLockClient;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A client whose scoped forms do not wait, for a guard as for a caller: they skip the work where the lock is held, or fail. */
final class SingleTryLockClient extends DelegatingLockClient {
    private final boolean failing;

    private SingleTryLockClient(LockClient locks, boolean failing) {
        super(locks);
        this.failing = failing;
    }

    static LockClient skipping(LockClient locks) {
        return new SingleTryLockClient(locks, false);
    }

    static LockClient failing(LockClient locks) {
        return new SingleTryLockClient(locks, true);
    }

    @Override
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        if (!failing) {
            return locks().tryWithLock(request, work);
        }
        return Mono.defer(() -> {
            AtomicBoolean granted = new AtomicBoolean();
            return locks().<T>tryWithLock(request, lease -> {
                        granted.set(true);
                        return work.apply(lease);
                    })
                    .switchIfEmpty(Mono.defer(() -> granted.get() ? Mono.empty() : Mono.error(busy(request))));
        });
    }

    @Override
    public <T> Flux<T> withLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        if (!failing) {
            return locks().tryWithLockMany(request, work);
        }
        return Flux.defer(() -> {
            AtomicBoolean granted = new AtomicBoolean();
            return locks().<T>tryWithLockMany(request, lease -> {
                        granted.set(true);
                        return work.apply(lease);
                    })
                    .switchIfEmpty(Flux.defer(() -> granted.get() ? Flux.empty() : Flux.error(busy(request))));
        });
    }

    private static LockTimeoutException busy(LockRequest request) {
        return new LockTimeoutException(request.name(), Duration.ZERO, null);
    }
}
