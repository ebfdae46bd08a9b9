package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** What keeps the sellers of one item apart. The sale itself is the same code in every mode. */
interface Exclusion {
    /**
     * Waits for the item, then works.
     *
     * @param item what is sold
     * @param work the sale
     */
    <T> Mono<T> hold(int item, Function<Turn, Mono<T>> work);

    /** Gives back what this opened. */
    Mono<Void> close();

    /** The time in which one sale has the item for itself, or believes so. */
    interface Turn {
        /** The value of the fencing token; 0 without a lock. */
        long token();

        /** Whether the sale may still believe that it has the item for itself. */
        boolean isValid();

        /** Writes, on a connection, as safely as this mode can. */
        <T> Mono<T> write(Function<Connection, Mono<T>> work);
    }
}
