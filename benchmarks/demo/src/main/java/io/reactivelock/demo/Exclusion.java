package io.reactivelock.demo;

import io.r2dbc.spi.Connection;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Keeps the sellers of one item apart. The sale itself is the same code in every mode. */
interface Exclusion {
    /**
     * Waits for the item, then works.
     *
     * @param item what is sold
     * @param work the sale
     */
    <T> Mono<T> hold(int item, Function<ExclusiveSale, Mono<T>> work);

    /** Closes what this opened. */
    Mono<Void> close();

    /** One sale that has the item to itself, or believes so. */
    interface ExclusiveSale {
        /** The value of the fencing token; 0 without a lock. */
        long token();

        /** Whether the sale may still believe that it has the item to itself. */
        boolean isValid();

        /** Writes on a connection, as safely as this mode can. */
        <T> Mono<T> write(Function<Connection, Mono<T>> work);
    }
}
