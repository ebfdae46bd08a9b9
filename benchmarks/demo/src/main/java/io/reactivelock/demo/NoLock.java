package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Nothing keeps the sellers apart. */
record NoLock(DemoDatabase database) implements Exclusion {
    @Override
    public <T> Mono<T> hold(int item, Function<ExclusiveSale, Mono<T>> work) {
        return Mono.defer(() -> work.apply(new Unlocked(database)));
    }

    @Override
    public Mono<Void> close() {
        return Mono.empty();
    }

    private record Unlocked(DemoDatabase database) implements ExclusiveSale {
        @Override
        public long token() {
            return 0;
        }

        @Override
        public boolean isValid() {
            return true;
        }

        @Override
        public <T> Mono<T> write(Function<Connection, Mono<T>> work) {
            return database.use(work);
        }
    }
}
