package io.reactivelock.spring.locked;

import static io.reactivelock.spring.locked.LockedContexts.PATIENCE;
import static io.reactivelock.spring.locked.LockedContexts.leaseName;
import static io.reactivelock.spring.locked.LockedContexts.withLocks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.spring.Locked;
import io.reactivelock.spring.locked.LockedContexts.LockEvents;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.reactive.AbstractReactiveTransactionManager;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@DisplayName("@Locked and transactions")
class LockedInTransactionTest {
    private static final LockRequest REQUEST = LockRequest.of("item:a");

    /** Begins and ends transactions of nothing. */
    static final class NoStoreTransactions extends AbstractReactiveTransactionManager {
        private static final long serialVersionUID = 1L;

        @Override
        protected Object doGetTransaction(TransactionSynchronizationManager manager) {
            return new Object();
        }

        @Override
        protected boolean isExistingTransaction(Object transaction) {
            return false;
        }

        @Override
        protected Mono<Void> doBegin(
                TransactionSynchronizationManager manager, Object transaction, TransactionDefinition definition) {
            return Mono.empty();
        }

        @Override
        protected Mono<Void> doCommit(TransactionSynchronizationManager manager, GenericReactiveTransaction status) {
            return Mono.empty();
        }

        @Override
        protected Mono<Void> doRollback(TransactionSynchronizationManager manager, GenericReactiveTransaction status) {
            return Mono.empty();
        }
    }

    /** Public, for the subclass of it that another class loader makes. */
    public static class Till {
        @Locked("item:#{#id}")
        public Mono<String> locked(String id) {
            return leaseName();
        }

        @Locked("item:#{#id}")
        public Flux<String> lockedMany(String id) {
            return leaseName().repeat(1);
        }

        @Locked("item:#{#id}")
        @Transactional
        public Mono<Boolean> both(String id) {
            return inTransaction();
        }
    }

    static Mono<Boolean> inTransaction() {
        return TransactionSynchronizationManager.forCurrentTransaction()
                .map(TransactionSynchronizationManager::isActualTransactionActive)
                .onErrorReturn(false);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(order = 1000)
    static class Transactions {
        @Bean
        NoStoreTransactions transactionManager() {
            return new NoStoreTransactions();
        }

        @Bean
        TransactionalOperator transaction(NoStoreTransactions manager) {
            return TransactionalOperator.create(manager, new DefaultTransactionDefinition());
        }

        @Bean
        FencingGuard guard() {
            return new AdvanceLog();
        }

        @Bean
        Till till() {
            return new Till();
        }
    }

    private static ApplicationContextRunner tills() {
        return withLocks().withUserConfiguration(Transactions.class);
    }

    @Test
    @DisplayName("every scoped form is refused inside a transaction, before the lock is tried")
    void refused() {
        tills().run(context -> {
            LockClient locks = context.getBean(LockClient.class);
            FencingGuard guard = context.getBean(FencingGuard.class);
            Till till = context.getBean(Till.class);
            TransactionalOperator transaction = context.getBean(TransactionalOperator.class);
            List<Supplier<Flux<?>>> forms = List.of(
                    () -> till.locked("a").flux(),
                    () -> till.lockedMany("a"),
                    () -> guard.withLock(locks, REQUEST, lease -> leaseName()).flux(),
                    () -> guard.withLockMany(locks, REQUEST, lease -> leaseName()),
                    () -> locks.withLock(REQUEST, lease -> leaseName()).flux(),
                    () -> locks.tryWithLock(REQUEST, lease -> leaseName()).flux(),
                    () -> locks.withLockMany(REQUEST, lease -> leaseName()),
                    () -> locks.tryWithLockMany(REQUEST, lease -> leaseName()));

            for (Supplier<Flux<?>> form : forms) {
                assertThatThrownBy(() ->
                                transaction.transactional(Flux.defer(form::get)).blockFirst(PATIENCE))
                        .isInstanceOf(IllegalTransactionStateException.class)
                        .hasMessageStartingWith(
                                "lock 'item:a' would be released before the transaction around it commits");
            }
            assertThat(context.getBean(LockEvents.class).all).isEmpty();
            for (Supplier<Flux<?>> form : forms) {
                assertThat(form.get().blockFirst(PATIENCE)).isEqualTo("item:a");
            }
            assertThat(context.getBean(LockEvents.class).all).hasSize(forms.size());
        });
    }

    @Test
    @DisplayName(
            "a lease acquired by hand may outlive the transaction, and the transaction may be suspended around the lock")
    void allowed() {
        tills().run(context -> {
            LockClient locks = context.getBean(LockClient.class);
            TransactionalOperator transaction = context.getBean(TransactionalOperator.class);
            DefaultTransactionDefinition outside =
                    new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
            TransactionalOperator suspended =
                    TransactionalOperator.create(context.getBean(NoStoreTransactions.class), outside);

            assertThat(transaction
                            .transactional(Mono.usingWhen(
                                    locks.acquire(REQUEST), lease -> Mono.just(lease.name()), lease -> lease.release()))
                            .block(PATIENCE))
                    .isEqualTo("item:a");
            assertThat(suspended
                            .transactional(context.getBean(Till.class).locked("a"))
                            .block(PATIENCE))
                    .isEqualTo("item:a");
        });
    }

    @Test
    @DisplayName("where the order puts the lock inside of the transaction, it is refused")
    void order() {
        tills().run(context -> assertThatThrownBy(
                        () -> context.getBean(Till.class).both("a").block(PATIENCE))
                .isInstanceOf(IllegalTransactionStateException.class)
                .hasMessageContaining("Till.both"));
        tills().withPropertyValues("reactive-lock.aspect.order=999")
                .run(context -> assertThat(context.getBean(Till.class).both("a").block(PATIENCE))
                        .isTrue());
    }

    @Test
    @DisplayName("needs no transactions on the class path")
    void without() {
        withLocks()
                .withBean(Till.class)
                .withClassLoader(new FilteredClassLoader("org.springframework.transaction"))
                .run(context -> assertThat(
                                context.getBean(Till.class).locked("a").block(PATIENCE))
                        .isEqualTo("item:a"));
    }
}
