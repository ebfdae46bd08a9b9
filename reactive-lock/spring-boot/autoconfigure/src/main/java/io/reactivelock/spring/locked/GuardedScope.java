package io.reactivelock.spring.locked;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuard;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Takes a lock through the guard, which advances its token first. Loaded only where there is a guard on the class path. */
record GuardedScope(FencingGuard guard, LockClient locks) implements LockScope {
    /** Looks for the guard of the application; several of which none is the primary one are an error. */
    static @Nullable LockScope find(BeanFactory beans, LockClient locks) {
        FencingGuard guard = beans.getBeanProvider(FencingGuard.class).getIfAvailable();
        return guard == null ? null : new GuardedScope(guard, locks);
    }

    @Override
    public Mono<Object> one(LockRequest request, Supplier<Mono<Object>> work) {
        return guard.withLock(locks, request, lease -> work.get());
    }

    @Override
    public Flux<Object> many(LockRequest request, Supplier<Flux<Object>> work) {
        return guard.withLockMany(locks, request, lease -> work.get());
    }
}
