package io.reactivelock.spring.fenced;

import static io.reactivelock.spring.fenced.FencedShop.PATIENCE;
import static io.reactivelock.spring.fenced.FencedShop.get;
import static io.reactivelock.spring.fenced.FencedShop.request;
import static io.reactivelock.spring.fenced.FencedShop.sku;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Lease;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.spring.UnfencedWriteException;
import io.reactivelock.spring.fenced.FencedShop.FencedItem;
import io.reactivelock.spring.fenced.FencedShop.FencedNote;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.transaction.TransactionDefinition;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class FencedRepositoriesTest {
    private static FencedShop shop;

    @BeforeAll
    static void open() {
        shop = new FencedShop();
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

    /** Each kind of write that a repository has, to an item with 5 units. */
    static Stream<Function<String, Mono<?>>> writes() {
        return Stream.of(
                sku -> shop.items.add(sku, 1),
                sku -> shop.items.addReturning(sku, 1),
                sku -> shop.items.addAll(List.of(sku), 1),
                sku -> shop.items.deleteById(sku),
                sku -> shop.items.deleteById(Mono.just(sku)),
                sku -> shop.items.deleteAllById(List.of(sku)),
                sku -> shop.items.findById(sku).flatMap(shop.items::delete),
                sku -> shop.items.findById(sku).flatMap(item -> shop.items.deleteAll(List.of(item))),
                sku -> shop.items.deleteAll(shop.items.findById(sku)),
                sku -> changed(sku).flatMap(shop.items::save),
                sku -> changed(sku)
                        .flatMap(item -> shop.items.saveAll(List.of(item)).single()),
                sku -> shop.items.saveAll(changed(sku)).single(),
                sku -> changed(sku).flatMap(item -> shop.items.saveTwice(item).last()),
                sku -> shop.leased.add(sku, 1),
                sku -> shop.leased.deleteAll(shop.leased.findById(sku)),
                sku -> shop.leased.deleteBySku(Mono.just(sku)).single());
    }

    private static Mono<FencedItem> changed(String sku) {
        return shop.items.findById(sku).doOnNext(item -> item.units++);
    }

    @ParameterizedTest
    @MethodSource("writes")
    void aWriteUnderItsLockIsCheckedAndCommitted(Function<String, Mono<?>> write) {
        String sku = shop.stocked(5);

        shop.under(sku, lease -> write.apply(sku).hasElement()).block(PATIENCE);

        assertThat(shop.units(sku)).isIn(6, -1);
        assertThat(shop.checks.all()).isNotEmpty().containsOnly(Set.of("item:" + sku));
    }

    @ParameterizedTest
    @MethodSource("writes")
    void aWriteWithoutALeaseIsRefusedBeforeItIsSent(Function<String, Mono<?>> write) {
        String sku = shop.stocked(5);

        assertThatThrownBy(() -> write.apply(sku).hasElement().block(PATIENCE))
                .isInstanceOf(UnfencedWriteException.class)
                .hasMessageContaining("no lease")
                .hasNoCause();

        assertThat(shop.units(sku)).isEqualTo(5);
        assertThat(shop.checks.all()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("writes")
    void aHolderWhoseTimeIsOverIsRefused(Function<String, Mono<?>> write) {
        String sku = shop.stocked(5);

        assertThatThrownBy(() -> shop.under(
                                sku,
                                lease -> shop.overtake(lease)
                                        .then(Mono.defer(() -> write.apply(sku)))
                                        .hasElement())
                        .block(PATIENCE))
                .isInstanceOf(StaleTokenException.class);

        assertThat(shop.units(sku)).isEqualTo(5);
    }

    @Test
    void aLeaseOfAnotherNameIsNone() {
        String sku = shop.stocked(5);

        assertThatThrownBy(
                        () -> shop.under(sku(), lease -> shop.items.add(sku, 1)).block(PATIENCE))
                .isInstanceOf(UnfencedWriteException.class)
                .hasMessageContaining("no lease of 'item:" + sku + "'")
                .hasMessageContaining("ItemsByExpression.add");
    }

    @Test
    void readsNeedNoLease() {
        String sku = shop.stocked(5);

        assertThat(shop.items.units(sku).block(PATIENCE)).isEqualTo(5);
        assertThat(shop.items.existsById(sku).block(PATIENCE)).isTrue();
        assertThat(shop.checks.all()).isEmpty();
    }

    @Test
    void theOuterLockOfTwoIsFound() {
        String sku = shop.stocked(5);

        shop.under(sku, outer -> shop.under(sku(), inner -> shop.items.add(sku, 1)))
                .block(PATIENCE);

        assertThat(shop.units(sku)).isEqualTo(6);
    }

    @Test
    void severalResourcesAreCheckedTogether() {
        String one = shop.stocked(5);
        String two = shop.stocked(5);
        Set<String> both = Set.of("item:" + one, "item:" + two);

        shop.under(one, outer -> shop.under(two, inner -> shop.items.addAll(List.of(one, two), 1)))
                .block(PATIENCE);
        shop.under(
                        one,
                        outer -> shop.under(
                                two,
                                inner -> shop.items
                                        .saveAll(changed(one).concatWith(changed(two)))
                                        .then()))
                .block(PATIENCE);
        shop.under(one, outer -> shop.under(two, inner -> shop.items.deleteAllById(List.of(one, two))))
                .block(PATIENCE);

        assertThat(shop.checks.all()).containsExactly(both, both, both);
        assertThat(List.of(shop.units(one), shop.units(two))).containsOnly(-1);
    }

    @Test
    void oneOfSeveralThatHasNoLeaseRefusesAll() {
        String one = shop.stocked(5);
        String two = shop.stocked(5);

        assertThatThrownBy(() -> shop.under(
                                one,
                                lease -> shop.items
                                        .saveAll(changed(one).concatWith(changed(two)))
                                        .then())
                        .block(PATIENCE))
                .isInstanceOf(UnfencedWriteException.class)
                .hasMessageContaining(two);

        assertThat(shop.units(one)).isEqualTo(5);
    }

    @Test
    void whereNothingIsToBeWrittenNothingIsChecked() {
        assertThat(shop.items.saveAll(List.of()).collectList().block(PATIENCE)).isEmpty();
        assertThat(shop.items.saveAll(Flux.<FencedItem>empty()).collectList().block(PATIENCE))
                .isEmpty();
        assertThat(shop.checks.all()).isEmpty();
    }

    @Test
    void anExpressionThatCannotNameTheRowIsNoSilentPass() {
        String sku = shop.stocked(5);

        assertThatThrownBy(() ->
                        shop.under(sku, lease -> shop.items.addByCode(sku, 1)).block(PATIENCE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ItemsByExpression.addByCode")
                .hasMessageContaining("'sku'");
        assertThatThrownBy(
                        () -> shop.under(sku, lease -> shop.items.deleteAll()).block(PATIENCE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("deleteAll");

        assertThat(shop.units(sku)).isEqualTo(5);
    }

    @Test
    void theAnnotationOfAnEntityFencesItsRepositories() {
        String sku = sku();

        FencedNote note = get(shop.under(sku, lease -> shop.notes.save(new FencedNote(null, sku, "new"))));
        Long id = Objects.requireNonNull(note.id());
        assertThatThrownBy(() ->
                        shop.notes.save(new FencedNote(id, sku, "changed")).block(PATIENCE))
                .isInstanceOf(UnfencedWriteException.class);
        // by the id alone nobody knows the lock
        assertThatThrownBy(() ->
                        shop.under(sku, lease -> shop.notes.deleteById(id)).block(PATIENCE))
                .isInstanceOf(IllegalStateException.class);
        Long deleted = shop.under(sku, lease -> shop.notes.deleteBySku(sku)).block(PATIENCE);

        assertThat(deleted).isEqualTo(1);
    }

    @Test
    void theVersionGoesOnWorking() {
        String sku = shop.stocked(5);
        FencedItem old = get(shop.items.findById(sku));

        shop.under(sku, lease -> shop.items.add(sku, 1)).block(PATIENCE);

        assertThatThrownBy(() -> shop.under(sku, lease -> shop.items.save(old)).block(PATIENCE))
                .isInstanceOf(OptimisticLockingFailureException.class);
        assertThat(shop.units(sku)).isEqualTo(6);
    }

    @Test
    void everySubscriptionIsAnAttempt() {
        String sku = shop.stocked(5);
        Mono<Integer> write = shop.items.add(sku, 1);

        shop.under(sku, lease -> write.then(write)).block(PATIENCE);

        assertThat(shop.units(sku)).isEqualTo(7);
        assertThat(shop.checks.all()).hasSize(2);
    }

    @Test
    void theTransactionAroundIsJoined() {
        String sku = shop.stocked(5);

        assertThatThrownBy(() -> shop.under(
                                sku,
                                lease -> shop.items
                                        .add(sku, 1)
                                        .then(Mono.error(new IllegalArgumentException("enough")))
                                        .as(shop.transaction()::transactional))
                        .block(PATIENCE))
                .hasMessage("enough");
        assertThat(shop.units(sku)).isEqualTo(5);

        shop.under(
                        sku,
                        lease -> shop.items
                                .add(sku, 1)
                                .then(shop.unfenced.add(sku, 1))
                                .as(shop.transaction()::transactional))
                .block(PATIENCE);
        assertThat(shop.units(sku)).isEqualTo(7);
    }

    @Test
    void withoutATransactionAroundAFailedStreamLeavesNothing() {
        String one = shop.stocked(5);
        String two = shop.stocked(5);
        FencedItem old = get(shop.items.findById(two));
        old.version = 7L;

        assertThatThrownBy(() -> shop.under(
                                one,
                                outer -> shop.under(
                                        two,
                                        inner -> shop.items
                                                .saveAll(changed(one).concatWith(Mono.just(old)))
                                                .then()))
                        .block(PATIENCE))
                .isInstanceOf(OptimisticLockingFailureException.class);

        assertThat(shop.units(one)).isEqualTo(5);
    }

    @Test
    void aReadOnlyTransactionTakesNoWrite() {
        String sku = shop.stocked(5);

        assertThatThrownBy(() -> shop.under(sku, lease -> shop.items.add(sku, 1).as(shop.readOnly()::transactional))
                        .block(PATIENCE))
                .isInstanceOfSatisfying(
                        FencingGuardException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMANENT));
    }

    @Test
    void aSavepointNeedsACheckBeforeIt() {
        String sku = shop.stocked(5);
        Mono<Integer> nested =
                shop.items.add(sku, 1).as(shop.transaction(TransactionDefinition.PROPAGATION_NESTED)::transactional);

        assertThatThrownBy(() -> shop.under(sku, lease -> nested.as(shop.transaction()::transactional))
                        .block(PATIENCE))
                .isInstanceOfSatisfying(
                        FencingGuardException.class, e -> assertThat(e.kind()).isEqualTo(Kind.PERMANENT));
        assertThat(shop.units(sku)).isEqualTo(5);

        shop.under(sku, lease -> shop.items.add(sku, 1).then(nested).as(shop.transaction()::transactional))
                .block(PATIENCE);
        assertThat(shop.units(sku)).isEqualTo(7);
    }

    @Test
    void aTransactionOfItsOwnOutlivesTheOneAround() {
        String sku = shop.stocked(5);
        Mono<Integer> independent = shop.items
                .add(sku, 1)
                .as(shop.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)::transactional);

        assertThatThrownBy(() -> shop.under(
                                sku,
                                lease -> independent
                                        .then(Mono.error(new IllegalArgumentException("enough")))
                                        .as(shop.transaction()::transactional))
                        .block(PATIENCE))
                .hasMessage("enough");

        assertThat(shop.units(sku)).isEqualTo(6);
    }

    @Test
    void aTransactionOfItsOwnWaitsInVainForTheFenceOfTheOneAround() {
        String sku = shop.stocked(5);
        Mono<Integer> independent = shop.items
                .add(sku, 1)
                .as(shop.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)::transactional);

        assertThatThrownBy(() -> shop.under(
                                sku,
                                lease ->
                                        shop.items.add(sku, 1).then(independent).as(shop.transaction()::transactional))
                        .block(PATIENCE))
                .isInstanceOfSatisfying(
                        FencingGuardException.class,
                        e -> assertThat(e.isTransient()).isTrue());

        assertThat(shop.units(sku)).isEqualTo(5);
    }

    @Test
    void manyBuyersOfAFewUnitsGetExactlyThese() {
        String sku = shop.stocked(20);

        Long sold = Flux.range(0, 60)
                .flatMap(
                        buyer -> shop.under(
                                sku,
                                lease -> shop.items
                                        .findById(sku)
                                        .filter(item -> item.units > 0)
                                        .doOnNext(item -> item.units--)
                                        .flatMap(shop.items::save)),
                        60)
                .count()
                .block(PATIENCE);

        assertThat(sold).isEqualTo(20);
        assertThat(shop.units(sku)).isZero();
    }

    /** {@link #noConnectionIsLeft} is the other half. */
    @Test
    void aCancelAtAnyMomentLeavesNoConnectionAndNoLock() {
        String sku = shop.stocked(1_000);
        Mono<Integer> work = shop.under(sku, lease -> shop.items.add(sku, -1).then(shop.items.add(sku, 1)));

        FencedShop.cancelAtAnyMoment(work);

        Lease free = get(shop.locks.acquire(request(sku)));
        assertThat(free.release().block(PATIENCE)).isTrue();
    }

    @Test
    void aHolderThatHasNotAdvancedIsToldTo() {
        String sku = sku();

        assertThatThrownBy(() -> shop.locks
                        .withLock(LockRequest.of("item:" + sku), lease -> shop.leased.save(new FencedItem(sku, 3)))
                        .block(PATIENCE))
                .isInstanceOf(FencingGuardException.class)
                .hasMessageContaining("advance");

        assertThat(shop.units(sku)).isEqualTo(-1);
    }
}
