package io.reactivelock.testkit;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * A client as a {@link LockClientContract} sees it. An adapter of another asynchronous type turns that type into a {@link Mono} at
 * this edge, and so is tested with all that lies between.
 */
public interface LockSubject {
    /** As {@link LockClient#tryAcquire}. */
    Mono<Lease> tryAcquire(LockRequest request);

    /** As {@link LockClient#acquire}. */
    Mono<Lease> acquire(LockRequest request);

    /** As {@link LockClient#withLock}. */
    <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<T>> work);

    /** As {@link LockClient#close}. */
    Mono<Void> close();

    /**
     * Returns a client as it is.
     *
     * @param client the client
     */
    static LockSubject of(LockClient client) {
        return new LockSubject() {
            @Override
            public Mono<Lease> tryAcquire(LockRequest request) {
                return client.tryAcquire(request);
            }

            @Override
            public Mono<Lease> acquire(LockRequest request) {
                return client.acquire(request);
            }

            @Override
            public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<T>> work) {
                return client.withLock(request, work);
            }

            @Override
            public Mono<Void> close() {
                return client.close();
            }
        };
    }
}
