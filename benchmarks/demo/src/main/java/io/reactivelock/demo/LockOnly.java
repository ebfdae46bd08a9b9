package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import io.reactivelock.Lease;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** The lock keeps the sellers apart, as well as a lock alone can. */
record LockOnly(DemoLocks locks, DemoDatabase database) implements Exclusion {
    @Override
    public <T> Mono<T> hold(int item, Function<ExclusiveSale, Mono<T>> work) {
        return Mono.defer(() -> {
            DemoLocks.BuyerWait wait = locks.waitFor(item);
            return locks.client().withLock(wait.request(), lease -> {
                wait.granted();
                return work.apply(new Locked(lease, database));
            });
        });
    }

    @Override
    public Mono<Void> close() {
        return locks.close();
    }

    private record Locked(Lease lease, DemoDatabase database) implements ExclusiveSale {
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
            return database.use(work);
        }
    }
}
