package io.reactivelock.spring.fenced;

import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spring.Fenced;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testservers.PostgresServer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.annotation.Id;
import org.springframework.data.annotation.Version;
import org.springframework.data.r2dbc.repository.Modifying;
import org.springframework.data.r2dbc.repository.Query;
import org.springframework.data.r2dbc.repository.R2dbcRepository;
import org.springframework.data.r2dbc.repository.config.EnableR2dbcRepositories;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.data.repository.reactive.ReactiveCrudRepository;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A shop whose tables refuse whatever did not pass the guard, so that each write that gets through proves that it did. */
final class FencedShop implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final int POOL = 6;

    private static final String ADD = "UPDATE fenced_item SET units = units + :n, version = version + 1 WHERE sku ";

    final RecordedChecks checks;
    final R2dbcFencingGuard guard;
    final LockClient locks;
    final DatabaseClient client;
    final ItemsByExpression items;
    final ItemsByLease leased;
    final UnfencedItems unfenced;
    final FencedNotes notes;

    private final ConfigurableApplicationContext context;

    FencedShop(String... properties) {
        context = new SpringApplicationBuilder(Beans.class)
                .web(WebApplicationType.NONE)
                .properties(properties)
                .properties(
                        "spring.main.banner-mode=off",
                        "spring.r2dbc.url=" + PostgresServer.shared().r2dbcUrl(),
                        "spring.r2dbc.pool.initial-size=1",
                        "spring.r2dbc.pool.max-size=" + POOL,
                        "spring.r2dbc.pool.max-acquire-time=60s")
                .run();
        checks = bean(RecordedChecks.class);
        guard = bean(R2dbcFencingGuard.class);
        locks = bean(LockClient.class);
        client = bean(DatabaseClient.class);
        items = bean(ItemsByExpression.class);
        leased = bean(ItemsByLease.class);
        unfenced = bean(UnfencedItems.class);
        notes = bean(FencedNotes.class);
        createTables(client, guard);
    }

    /** Once in a JVM: applications of several tests share the tables, and no rows. */
    private static synchronized void createTables(DatabaseClient client, R2dbcFencingGuard guard) {
        if (!Tables.created) {
            guard.createSchema().block(PATIENCE);
            client.sql("DROP TABLE IF EXISTS fenced_item, fenced_note, plain_log")
                    .then()
                    .block(PATIENCE);
            client.sql("CREATE TABLE fenced_item (sku text PRIMARY KEY, units int NOT NULL, version bigint NOT NULL)")
                    .then()
                    .block(PATIENCE);
            client.sql("CREATE TABLE fenced_note (id bigserial PRIMARY KEY, sku text NOT NULL, words text NOT NULL)")
                    .then()
                    .block(PATIENCE);
            client.sql("CREATE TABLE plain_log (words text)").then().block(PATIENCE);
            guard.enforce("fenced_item", "'item:' || sku").block(PATIENCE);
            guard.enforce("fenced_note", "'item:' || sku").block(PATIENCE);
            Tables.created = true;
        }
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    ConnectionFactory connections() {
        return bean(ConnectionFactory.class);
    }

    ConnectionPool pool() {
        return (ConnectionPool) connections();
    }

    static String sku() {
        return UUID.randomUUID().toString();
    }

    /** A new item, of whose lock nothing is left. */
    String stocked(int units) {
        String sku = sku();
        under(sku, lease -> items.save(new FencedItem(sku, units))).block(PATIENCE);
        checks.clear();
        return sku;
    }

    <T> Mono<T> under(String sku, Function<Lease, Mono<T>> work) {
        return guard.withLock(locks, request(sku), work);
    }

    static LockRequest request(String sku) {
        return LockRequest.of("item:" + sku).waitTime(PATIENCE);
    }

    /** Somebody else becomes the holder, while this one believes that it holds. */
    Mono<Void> overtake(Lease lease) {
        return guard.advance(lease.name(), new FencingToken(lease.token().value() + 1, new Holder(1, 1)));
    }

    static <T> T get(Mono<T> value) {
        return Objects.requireNonNull(value.block(PATIENCE));
    }

    int units(String sku) {
        return get(unfenced.findById(sku).map(item -> item.units).defaultIfEmpty(-1));
    }

    TransactionalOperator transaction(int propagation) {
        return TransactionalOperator.create(
                bean(ReactiveTransactionManager.class), new DefaultTransactionDefinition(propagation));
    }

    TransactionalOperator transaction() {
        return transaction(TransactionDefinition.PROPAGATION_REQUIRED);
    }

    TransactionalOperator readOnly() {
        DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
        definition.setReadOnly(true);
        return TransactionalOperator.create(bean(ReactiveTransactionManager.class), definition);
    }

    /** Again and again, each time a little later, until the work is done before. */
    static void cancelAtAnyMoment(Mono<?> work) {
        int done = 0;
        for (int steps = 0; done < 5; steps += 100 + steps / 16) {
            Flux<Integer> moment = Flux.range(0, steps).publishOn(Schedulers.parallel(), 1);
            done += get(work.takeUntilOther(moment.last(0)).hasElement()) ? 1 : 0;
        }
    }

    /** Ends only when nobody has a connection any more; and no transaction is open on any. */
    void requireAllConnections() {
        List<Boolean> free = Flux.range(0, POOL)
                .flatMap(i -> connections().create(), POOL)
                .collectList()
                .flatMapMany(Flux::fromIterable)
                .concatMap(connection -> {
                    boolean isFree = connection.isAutoCommit();
                    return Mono.from(connection.rollbackTransaction())
                            .then(Mono.from(connection.close()))
                            .thenReturn(isFree);
                })
                .collectList()
                .block(PATIENCE);
        assertThat(free).hasSize(POOL).containsOnly(true);
    }

    @Override
    public void close() {
        context.close();
    }

    private static final class Tables {
        /** Guarded by the class around. */
        static boolean created;
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        R2dbcAutoConfiguration.class,
        R2dbcTransactionManagerAutoConfiguration.class,
        TransactionAutoConfiguration.class,
        DataR2dbcAutoConfiguration.class,
        FencedAutoConfiguration.class
    })
    @EnableR2dbcRepositories(considerNestedRepositories = true)
    static class Beans {
        @Bean
        RecordedChecks recordedChecks() {
            return new RecordedChecks();
        }

        @Bean
        R2dbcFencingGuard fencingGuard(ConnectionFactory connections, RecordedChecks checks) {
            FencingGuardOptions options = FencingGuardOptions.defaults().lockTimeout(Duration.ofSeconds(1));
            return checks.of(R2dbcFencingGuard.create(connections, options));
        }

        @Bean
        LockClient locks() {
            return LockClient.create(InMemoryLockBackend.create());
        }
    }

    @Table("fenced_item")
    static class FencedItem {
        @Id
        final String sku;

        int units;

        @Nullable
        @Version
        Long version;

        FencedItem(String sku, int units) {
            this.sku = sku;
            this.units = units;
        }

        public String getSku() {
            return sku;
        }
    }

    @Fenced(resource = "'item:' + sku")
    @Table("fenced_note")
    record FencedNote(@Nullable @Id Long id, String sku, String words) {}

    interface FencedNotes extends ReactiveCrudRepository<FencedNote, Long> {
        Mono<Long> deleteBySku(String sku);
    }

    @Fenced(resource = "'item:' + sku")
    interface ItemsByExpression extends ReactiveCrudRepository<FencedItem, String> {
        @Modifying
        @Query(ADD + "= :sku")
        Mono<Integer> add(String sku, int n);

        @Fenced(resource = "#skus.!['item:' + #this]")
        @Modifying
        @Query(ADD + "IN (:skus)")
        Mono<Integer> addAll(Collection<String> skus, int n);

        @Fenced(resource = "'item:' + sku")
        @Query(ADD + "= :sku RETURNING *")
        Mono<FencedItem> addReturning(String sku, int n);

        @Modifying
        @Query(ADD + "= :code")
        Mono<Integer> addByCode(String code, int n);

        @Query("SELECT units FROM fenced_item WHERE sku = :sku")
        Mono<Integer> units(String sku);

        default Flux<FencedItem> saveTwice(FencedItem item) {
            return save(item).flatMapMany(this::save);
        }
    }

    @Fenced
    interface ItemsByLease extends R2dbcRepository<FencedItem, String> {
        @Modifying
        @Query(ADD + "= :sku")
        Mono<Integer> add(String sku, int n);

        Flux<FencedItem> deleteBySku(Publisher<String> sku);
    }

    interface UnfencedItems extends R2dbcRepository<FencedItem, String> {
        @Modifying
        @Query(ADD + "= :sku")
        Mono<Integer> add(String sku, int n);
    }
}
