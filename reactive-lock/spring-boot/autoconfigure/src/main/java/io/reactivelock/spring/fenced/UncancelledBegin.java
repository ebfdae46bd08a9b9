package io.reactivelock.spring.fenced;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.ReactiveTransaction;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Lets a transaction that is being begun begin, and rolls it back then, where its subscriber cancels meanwhile. Cancelled with a BEGIN on
 * its way, a pool takes the connection back as it is, and gives it to the next one with a transaction open.
 *
 * @param manager does the work
 */
record UncancelledBegin(ReactiveTransactionManager manager) implements ReactiveTransactionManager {
    @Override
    public Mono<ReactiveTransaction> getReactiveTransaction(@Nullable TransactionDefinition definition) {
        return Mono.deferContextual(context -> {
            AtomicBoolean taken = new AtomicBoolean(); // by the subscriber, or by its cancel
            Mono<ReactiveTransaction> begun =
                    manager.getReactiveTransaction(definition).cache();
            return begun.filter(transaction -> taken.compareAndSet(false, true)).doOnCancel(() -> {
                if (taken.compareAndSet(false, true)) {
                    rollback(begun, context);
                }
            });
        });
    }

    /** Nobody is left to be told how it ends. */
    private void rollback(Mono<ReactiveTransaction> begun, ContextView context) {
        begun.flatMap(manager::rollback).onErrorComplete().contextWrite(context).subscribe();
    }

    @Override
    public Mono<Void> commit(ReactiveTransaction transaction) {
        return manager.commit(transaction);
    }

    @Override
    public Mono<Void> rollback(ReactiveTransaction transaction) {
        return manager.rollback(transaction);
    }
}
