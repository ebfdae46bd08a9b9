package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import io.reactivelock.Lease;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** The lock keeps the sellers apart, and the guard refuses the writes of those for whom it did not. */
record LockAndGuard(DemoLocks locks, R2dbcFencingGuard guard) implements Exclusion {
    static LockAndGuard of(DemoLocks locks, DemoDatabase database) {
        return new LockAndGuard(locks, R2dbcFencingGuard.create(database.connections()));
    }

    @Override
    public <T> Mono<T> hold(int item, Function<ExclusiveSale, Mono<T>> work) {
        return Mono.defer(() -> {
            DemoLocks.BuyerWait wait = locks.waitFor(item);
            return guard.withLock(locks.client(), wait.request(), lease -> {
                wait.granted();
                return work.apply(new Guarded(lease, guard));
            });
        });
    }

    @Override
    public Mono<Void> close() {
        return locks.close();
    }

    private record Guarded(Lease lease, R2dbcFencingGuard guard) implements ExclusiveSale {
        @Override
        public long token() {
            return lease.token().value();
        }

        @Override
        public boolean isValid() {
            return lease.isValid();
        }

        @Override
        public <T> Mono<T> write(Function<Connection, Mono<T>> work) {
            return guard.write(lease.name(), lease.token(), work);
        }
    }
}
