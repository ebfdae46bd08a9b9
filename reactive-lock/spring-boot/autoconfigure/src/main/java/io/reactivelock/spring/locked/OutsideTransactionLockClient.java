package io.reactivelock.spring.locked;

import io.reactivelock.DelegatingLockClient;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client whose scoped forms are refused inside a transaction of Spring. They would release the lock before the commit, and the next
 * holder would read what was there before; and while they wait for it, each of them would keep a connection of the pool that the
 * holder needs. A lease that was acquired by hand may outlive the transaction, so that is left alone.
 */
final class OutsideTransactionLockClient extends DelegatingLockClient {
    OutsideTransactionLockClient(LockClient locks) {
        super(locks);
    }

    @Override
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        return refuseInTransaction(request).then(locks().withLock(request, work));
    }

    @Override
    public <T> Mono<T> tryWithLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        return refuseInTransaction(request).then(locks().tryWithLock(request, work));
    }

    @Override
    public <T> Flux<T> withLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return refuseInTransaction(request).thenMany(locks().withLockMany(request, work));
    }

    @Override
    public <T> Flux<T> tryWithLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return refuseInTransaction(request).thenMany(locks().tryWithLockMany(request, work));
    }

    private static Mono<Void> refuseInTransaction(LockRequest request) {
        return TransactionSynchronizationManager.forCurrentTransaction()
                .onErrorComplete(NoTransactionException.class)
                .filter(TransactionSynchronizationManager::isActualTransactionActive)
                .flatMap(transaction -> Mono.error(new IllegalTransactionStateException(
                        "lock '" + request.name() + "' would be released before the transaction around it commits"
                                + transaction(transaction)
                                + "; take the lock first, and open the transaction inside of it")));
    }

    private static String transaction(TransactionSynchronizationManager transaction) {
        String name = transaction.getCurrentTransactionName();
        return name == null ? "" : " (" + name + ")";
    }
}
