package io.reactivelock.spring.fenced;

import io.r2dbc.spi.Connection;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import java.util.Map;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** Checks, then writes, in one transaction: Spring's, where there is one, or one of its own. */
final class FencedWrites {
    private final DatabaseClient client;
    private final R2dbcFencingGuard guard;
    private final TransactionalOperator transaction;

    FencedWrites(DatabaseClient client, R2dbcFencingGuard guard, ReactiveTransactionManager transactions) {
        this.client = client;
        this.guard = guard;
        this.transaction = TransactionalOperator.create(new UncancelledBegin(transactions));
    }

    /**
     * @param tokens of what is to be written; where there are none, nothing is to be written
     */
    <T> Mono<T> one(Function<ContextView, Map<String, FencingToken>> tokens, Publisher<? extends T> write) {
        return Mono.deferContextual(context -> {
            Mono<T> unfenced = Mono.fromDirect(write);
            Map<String, FencingToken> all = tokens.apply(context);
            return all.isEmpty()
                    ? unfenced
                    : transaction.transactional(check(all).then(unfenced));
        });
    }

    /** The same for a write with many values. */
    <T> Flux<T> many(Function<ContextView, Map<String, FencingToken>> tokens, Publisher<? extends T> write) {
        return Flux.deferContextual(context -> {
            Map<String, FencingToken> all = tokens.apply(context);
            return all.isEmpty()
                    ? Flux.<T>from(write)
                    : transaction.transactional(check(all).thenMany(Flux.<T>from(write)));
        });
    }

    private Mono<Void> check(Map<String, FencingToken> tokens) {
        return client.inConnection(connection -> check(connection, tokens));
    }

    private Mono<Void> check(Connection connection, Map<String, FencingToken> tokens) {
        if (tokens.size() > 1) {
            return guard.check(connection, tokens);
        }
        Map.Entry<String, FencingToken> only = tokens.entrySet().iterator().next();
        return guard.check(connection, only.getKey(), only.getValue());
    }
}
