package io.reactivelock.spring.fenced;

import static io.reactivelock.spring.fenced.FencedShop.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.spring.UnfencedWriteException;
import io.reactivelock.spring.fenced.FencedShop.FencedItem;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.data.r2dbc.core.R2dbcEntityTemplate;
import org.springframework.data.relational.core.query.Criteria;
import org.springframework.data.relational.core.query.Query;
import org.springframework.data.relational.core.query.Update;
import org.springframework.r2dbc.connection.ConnectionFactoryUtils;
import org.springframework.transaction.TransactionDefinition;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What refused writes are called, whoever sends them; and how a check joins a transaction of Spring's. */
class RefusalsTest {
    private static FencedShop shop;

    @BeforeAll
    static void open() {
        shop = new FencedShop();
    }

    @AfterAll
    static void close() {
        shop.close();
    }

    @AfterEach
    void noConnectionIsLeft() {
        shop.requireAllConnections();
    }

    private static final String ADD = "UPDATE fenced_item SET units = units + 1 WHERE sku = ";

    /** Each way to write without a guard. */
    static Stream<Function<String, Mono<?>>> writes() {
        return Stream.of(
                sku -> shop.unfenced.add(sku, 1),
                sku -> shop.unfenced.findById(sku).flatMap(shop.unfenced::save),
                sku -> shop.unfenced.deleteById(sku),
                sku -> shop.unfenced.save(new FencedItem(FencedShop.sku(), 3)),
                sku -> shop.bean(R2dbcEntityTemplate.class)
                        .update(
                                Query.query(Criteria.where("sku").is(sku)),
                                Update.update("units", 3),
                                FencedItem.class),
                sku -> shop.client.sql(ADD + ":sku").bind("sku", sku).then(),
                sku -> shop.client
                        .sql(() -> ADD + "'" + sku + "' RETURNING units")
                        .mapValue(Integer.class)
                        .one(),
                sku -> shop.client
                        .sql(ADD + "'" + sku + "' RETURNING units")
                        .map((row, data) -> row.get(0, Integer.class))
                        .one(),
                sku -> shop.client
                        .sql(ADD + "'" + sku + "'")
                        .flatMap(result -> result.filter(segment -> true).getRowsUpdated())
                        .then(),
                sku -> shop.client.inConnection(
                        connection -> write(connection, sku).then()),
                sku -> shop.client
                        .inConnectionMany(connection -> write(connection, sku))
                        .then());
    }

    private static Flux<Long> write(Connection connection, String sku) {
        return Flux.from(connection.createStatement(ADD + "'" + sku + "'").execute())
                .flatMap(result -> result.getRowsUpdated());
    }

    @ParameterizedTest
    @MethodSource("writes")
    void anUnfencedWriteIsCalledOne(Function<String, Mono<?>> write) {
        String sku = shop.stocked(5);

        assertThatThrownBy(() -> write.apply(sku).block(PATIENCE))
                .isInstanceOf(UnfencedWriteException.class)
                .hasRootCauseInstanceOf(R2dbcException.class);

        assertThat(shop.units(sku)).isEqualTo(5);
    }

    @Test
    void aRowThatIsLockedIsCalledOne() {
        String sku = shop.stocked(5);
        String select = "SELECT units FROM fenced_item WHERE sku = '" + sku + "' FOR UPDATE NOWAIT";
        Mono<Integer> locked = shop.client.sql(select).mapValue(Integer.class).one();
        Mono<Integer> other =
                locked.as(shop.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)::transactional);

        assertThatThrownBy(() ->
                        locked.then(other).as(shop.transaction()::transactional).block(PATIENCE))
                .isInstanceOf(CannotAcquireLockException.class)
                .hasRootCauseInstanceOf(R2dbcException.class);
    }

    @Test
    void aStaleTokenIsCalledOneAlsoWhereSqlOfOnesOwnMeetsIt() {
        String raise = "DO $$ BEGIN RAISE EXCEPTION 'token 1 of resource \"item:7\" is stale: the highest is 2'"
                + " USING ERRCODE = 'FG001'; END $$";

        assertThatThrownBy(() -> shop.client.sql(raise).then().block(PATIENCE))
                .isInstanceOfSatisfying(
                        StaleTokenException.class, e -> assertThat(e.highest()).isEqualTo(2));
    }

    @Test
    void otherErrorsAreSpringsOwn() {
        String sku = shop.stocked(5);

        assertThatThrownBy(() -> shop.under(sku, lease -> shop.items.save(new FencedItem(sku, 1)))
                        .block(PATIENCE))
                .isExactlyInstanceOf(DuplicateKeyException.class);
    }

    /** The line of docs/spring.md. */
    @Test
    void aCheckJoinsTheTransactionThatSpringManages() {
        String sku = shop.stocked(5);

        shop.under(
                        sku,
                        lease -> shop.client
                                .inConnection(shop.guard::check)
                                .then(shop.unfenced.add(sku, 1))
                                .as(shop.transaction()::transactional))
                .block(PATIENCE);

        assertThat(shop.units(sku)).isEqualTo(6);
    }

    /** More often than the pool has connections. */
    @Test
    void aCheckWithoutATransactionIsRefusedAndLeaksNothing() {
        String sku = shop.stocked(5);

        for (int i = 0; i < 2 * FencedShop.POOL; i++) {
            assertThatThrownBy(() -> shop.under(sku, lease -> shop.client.inConnection(shop.guard::check))
                            .block(PATIENCE))
                    .isInstanceOf(FencingGuardException.class)
                    .hasMessageContaining("auto-commit");
        }
    }

    /** What docs/spring.md warns of. */
    @Test
    void aConnectionThatIsTakenByHandIsNotGivenBack() {
        String sku = shop.stocked(5);
        shop.requireAllConnections();
        AtomicReference<Connection> taken = new AtomicReference<>();

        assertThatThrownBy(() -> shop.under(
                                sku,
                                lease -> ConnectionFactoryUtils.getConnection(shop.connections())
                                        .doOnNext(taken::set)
                                        .flatMap(shop.guard::check))
                        .block(PATIENCE))
                .hasMessageContaining("auto-commit");

        assertThat(shop.pool().getMetrics().orElseThrow().acquiredSize()).isOne();
        Mono.from(Objects.requireNonNull(taken.get()).close()).block(PATIENCE);
    }
}
