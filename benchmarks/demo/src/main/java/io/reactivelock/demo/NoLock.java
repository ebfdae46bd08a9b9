package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Nothing keeps the sellers apart. */
record NoLock(Database database) implements Exclusion {
    @Override
    public <T> Mono<T> hold(int item, Function<Turn, Mono<T>> work) {
        return Mono.defer(() -> work.apply(new Unlocked(database)));
    }

    @Override
    public Mono<Void> close() {
        return Mono.empty();
    }

    private record Unlocked(Database database) implements Turn {
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
