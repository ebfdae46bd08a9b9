package io.reactivelock.spring.fenced;

import static io.reactivelock.spring.fenced.FencedShop.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.spring.UnfencedWriteException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import reactor.core.publisher.Mono;

/** Every write transaction under a lease begins with a check. */
class FencedTransactionsTest {
    private static FencedShop shop;

    @BeforeAll
    static void open() {
        shop = new FencedShop("reactive-lock.fencing.transactions=true");
    }

    @AfterAll
    static void close() {
        shop.close();
    }

    @BeforeEach
    void forget() {
        shop.checks.clear();
    }

    @AfterEach
    void noConnectionIsLeft() {
        shop.requireAllConnections();
    }

    private static Mono<Long> add(String sku) {
        return shop.client
                .sql("UPDATE fenced_item SET units = units + 1 WHERE sku = :sku")
                .bind("sku", sku)
                .fetch()
                .rowsUpdated();
    }

    @Test
    void theManagerTakesThePlaceOfBoots() {
        assertThat(shop.bean(ReactiveTransactionManager.class)).isInstanceOf(FencedTransactionManager.class);
    }

    @Test
    void whateverIsWrittenInATransactionIsFenced() {
        String sku = shop.stocked(5);

        shop.under(sku, lease -> add(sku).then(shop.unfenced.add(sku, 1)).as(shop.transaction()::transactional))
                .block(PATIENCE);

        assertThat(shop.units(sku)).isEqualTo(7);
        assertThat(shop.checks.all()).containsExactly(Set.of("innermost"));
    }

    @Test
    void withoutALeaseTransactionsAreAsTheyWere() {
        String sku = shop.stocked(5);

        shop.client
                .sql("INSERT INTO plain_log VALUES ('no lock')")
                .then()
                .as(shop.transaction()::transactional)
                .block(PATIENCE);
        assertThatThrownBy(() -> add(sku).as(shop.transaction()::transactional).block(PATIENCE))
                .isInstanceOf(UnfencedWriteException.class);

        assertThat(shop.checks.all()).isEmpty();
    }

    @Test
    void aHolderWhoseTimeIsOverIsToldSoBeforeItsWorkBegins() {
        String sku = shop.stocked(5);
        AtomicBoolean begun = new AtomicBoolean();

        assertThatThrownBy(() -> shop.under(
                                sku,
                                lease -> shop.overtake(lease)
                                        .then(Mono.fromRunnable(() -> begun.set(true))
                                                .then(add(sku))
                                                .as(shop.transaction()::transactional)))
                        .block(PATIENCE))
                .isExactlyInstanceOf(StaleTokenException.class);

        assertThat(begun).isFalse();
    }

    @Test
    void aReadOnlyTransactionIsNotChecked() {
        String sku = shop.stocked(5);

        Integer units = shop.under(
                        sku,
                        lease ->
                                shop.overtake(lease).then(shop.items.units(sku)).as(shop.readOnly()::transactional))
                .block(PATIENCE);

        assertThat(units).isEqualTo(5);
        assertThat(shop.checks.all()).isEmpty();
    }

    @Test
    void aTransactionOfItsOwnDoesNotWaitForTheOneAround() {
        String sku = shop.stocked(5);
        Mono<Void> logged = shop.client
                .sql("INSERT INTO plain_log VALUES ('" + sku + "')")
                .then()
                .as(shop.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)::transactional);

        shop.under(sku, lease -> add(sku).then(logged).then(add(sku)).as(shop.transaction()::transactional))
                .block(PATIENCE);

        assertThat(shop.units(sku)).isEqualTo(7);
        assertThat(shop.checks.all()).hasSize(1);
    }

    @Test
    void aSavepointIsBehindTheCheck() {
        String sku = shop.stocked(5);
        Mono<Long> nested = add(sku).as(shop.transaction(TransactionDefinition.PROPAGATION_NESTED)::transactional);

        shop.under(sku, lease -> nested.as(shop.transaction()::transactional)).block(PATIENCE);

        assertThat(shop.units(sku)).isEqualTo(6);
    }

    /** {@link #noConnectionIsLeft} is the other half. */
    @Test
    void aCancelAtAnyMomentLeavesNoTransactionOpen() {
        String sku = shop.stocked(0);

        FencedShop.cancelAtAnyMoment(shop.under(sku, lease -> add(sku).as(shop.transaction()::transactional)));
    }

    @Test
    void fencedRepositoriesWorkInsideAndOutside() {
        String sku = shop.stocked(5);

        shop.under(
                        sku,
                        lease -> shop.items
                                .add(sku, 1)
                                .then(shop.items.add(sku, 1).as(shop.transaction()::transactional)))
                .block(PATIENCE);

        assertThat(shop.units(sku)).isEqualTo(7);
    }
}
