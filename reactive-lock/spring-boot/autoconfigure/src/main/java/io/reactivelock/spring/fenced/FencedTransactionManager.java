package io.reactivelock.spring.fenced;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.Lease;
import io.reactivelock.fencing.FencingException;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.publisher.Mono;

/**
 * Begins each transaction that may write, and that begins under a lease, with a check of the innermost one. One that is to be independent
 * of the transaction around it (REQUIRES_NEW) is left out: the outer one holds the fence, and the inner would wait for it.
 */
@SuppressWarnings("serial") // as of the class that it extends: nobody serialises a transaction manager
final class FencedTransactionManager extends R2dbcTransactionManager {
    private final R2dbcFencingGuard guard;

    FencedTransactionManager(ConnectionFactory connectionFactory, R2dbcFencingGuard guard) {
        super(connectionFactory);
        this.guard = guard;
    }

    @Override
    protected Mono<Void> prepareTransactionalConnection(Connection con, TransactionDefinition definition) {
        return super.prepareTransactionalConnection(con, definition)
                .then(isFenced(definition) ? checkUnderLease(con) : Mono.empty());
    }

    /**
     * A refused token says more than that no transaction could be created. What is cancelled while it begins is ended when it has begun,
     * as by {@link UncancelledBegin}.
     */
    @Override
    protected Mono<Void> doBegin(
            TransactionSynchronizationManager synchronizationManager,
            Object transaction,
            TransactionDefinition definition) {
        Mono<Void> begin = super.doBegin(synchronizationManager, transaction, definition)
                .onErrorMap(
                        CannotCreateTransactionException.class,
                        e -> e.getCause() instanceof FencingException refusal ? refusal : e);
        return Mono.deferContextual(context -> {
            Mono<Void> begun = begin.cache();
            return begun.doOnCancel(() -> begun.then(doCleanupAfterCompletion(synchronizationManager, transaction))
                    .onErrorComplete()
                    .contextWrite(context)
                    .subscribe());
        });
    }

    private static boolean isFenced(TransactionDefinition definition) {
        return !definition.isReadOnly()
                && definition.getPropagationBehavior() != TransactionDefinition.PROPAGATION_REQUIRES_NEW;
    }

    private Mono<Void> checkUnderLease(Connection connection) {
        return Mono.deferContextual(
                context -> Lease.current(context).isPresent() ? guard.check(connection) : Mono.<Void>empty());
    }
}
