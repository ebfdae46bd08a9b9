package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The mark, in the Reactor Context of a write's work, that the write holds the fence of a resource until the work has ended. A call
 * for the same resource inside that work has another connection: it would wait for the fence, and the write for the call.
 *
 * @param database where the connections come from, for another database has other fences
 * @param resource what is written
 */
record OpenWrite(ConnectionFactory database, String resource) {
    /** Lets the work see the mark. */
    <C, T> Function<C, Publisher<T>> mark(Function<? super C, ? extends Publisher<? extends T>> work) {
        return connection -> Flux.<T>from(work.apply(connection)).contextWrite(context -> context.put(this, true));
    }

    /** Refuses a call where the mark is seen. */
    <T> Mono<T> refuseInside(String what, Mono<T> call) {
        return Mono.deferContextual(context -> context.hasKey(this) ? Mono.error(nested(what)) : call);
    }

    private static FencingGuardException nested(String what) {
        return new FencingGuardException(
                Kind.PERMANENT,
                what + ": would wait for itself, inside a write to the same resource; use the connection of that write",
                null);
    }
}
