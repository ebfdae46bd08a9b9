package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import io.reactivelock.Lease;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** The lock keeps the sellers apart, as well as a lock alone can. */
record LockOnly(Locks locks, Database database) implements Exclusion {
    @Override
    public <T> Mono<T> hold(int item, Function<Turn, Mono<T>> work) {
        return Mono.defer(() -> {
            Locks.Wait wait = locks.waitFor(item);
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

    private record Locked(Lease lease, Database database) implements Turn {
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
