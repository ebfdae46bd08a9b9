package io.reactivelock.spring.locked;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Takes one lock around work, by the client alone or through a guard. */
interface LockScope {
    Mono<Object> one(LockRequest request, Supplier<Mono<Object>> work);

    Flux<Object> many(LockRequest request, Supplier<Flux<Object>> work);

    static LockScope of(LockClient locks) {
        return new LockScope() {
            @Override
            public Mono<Object> one(LockRequest request, Supplier<Mono<Object>> work) {
                return locks.withLock(request, lease -> work.get());
            }

            @Override
            public Flux<Object> many(LockRequest request, Supplier<Flux<Object>> work) {
                return locks.withLockMany(request, lease -> work.get());
            }
        };
    }
}
