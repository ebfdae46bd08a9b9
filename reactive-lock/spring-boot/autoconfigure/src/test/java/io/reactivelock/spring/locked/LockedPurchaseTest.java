package io.reactivelock.spring.locked;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.spring.Locked;
import io.reactivelock.spring.Locked.Fencing;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@DisplayName("@Locked around @Transactional, on Redis and PostgreSQL")
class LockedPurchaseTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int BUYERS = 80;
    private static final int STOCK = 30;

    private static AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

    static class StockRoom {
        private final DatabaseClient database;
        private final R2dbcFencingGuard guard;

        StockRoom(DatabaseClient database, R2dbcFencingGuard guard) {
            this.database = database;
            this.guard = guard;
        }

        @Locked("item:#{#id}")
        @Transactional
        public Mono<Boolean> buy(String id) {
            return database.inConnection(guard::check).then(readAndWrite(id, Mono.empty()));
        }

        @Locked(name = "item:#{#id}", fenced = Fencing.FALSE)
        @Transactional
        public Mono<Boolean> buyUnfenced(String id) {
            return readAndWrite(id, Mono.empty());
        }

        @Transactional
        public Mono<Boolean> buyUnlocked(String id, Mono<Void> afterTheRead) {
            return readAndWrite(id, afterTheRead);
        }

        private Mono<Boolean> readAndWrite(String id, Mono<Void> between) {
            return left(id).filter(left -> left > 0)
                    .delayUntil(left -> between)
                    .flatMap(left -> database.sql(
                                    "UPDATE locked_stock SET left_over = :left, sold = sold + 1 WHERE id = :id")
                            .bind("left", left - 1)
                            .bind("id", id)
                            .fetch()
                            .rowsUpdated())
                    .hasElement();
        }

        Mono<Integer> left(String id) {
            return number("left_over", id);
        }

        Mono<Integer> sold(String id) {
            return number("sold", id);
        }

        private Mono<Integer> number(String column, String id) {
            return database.sql("SELECT " + column + " FROM locked_stock WHERE id = :id")
                    .bind("id", id)
                    .map(row -> Objects.requireNonNull(row.get(0, Integer.class)))
                    .one();
        }

        Mono<String> newItem(int stock) {
            String id = UUID.randomUUID().toString();
            return database.sql("INSERT INTO locked_stock VALUES (:id, :stock, 0)")
                    .bind("id", id)
                    .bind("stock", stock)
                    .then()
                    .thenReturn(id);
        }

        Mono<Void> createTable() {
            return database.sql(
                            "CREATE TABLE IF NOT EXISTS locked_stock (id text PRIMARY KEY, left_over int, sold int)")
                    .then();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    @ImportAutoConfiguration({PropertyPlaceholderAutoConfiguration.class, LockedAutoConfiguration.class})
    static class Shop {
        @Bean(destroyMethod = "shutdown")
        RedisClient redis() {
            return RedisClient.create(RedisServer.shared().uri());
        }

        @Bean
        LockClient locks(RedisClient redis) {
            return LockClient.create(RedisLockBackend.create(redis));
        }

        @Bean
        LockProfiles profiles() {
            return new LockProfiles(LockRequest.of("defaults").waitTime(PATIENCE), Map.of());
        }

        @Bean(destroyMethod = "dispose")
        ConnectionPool connections() {
            return new ConnectionPool(ConnectionPoolConfiguration.builder(
                            ConnectionFactories.get(PostgresServer.shared().r2dbcUrl()))
                    .maxSize(10)
                    .build());
        }

        @Bean
        R2dbcTransactionManager transactionManager(ConnectionFactory connections) {
            return new R2dbcTransactionManager(connections);
        }

        @Bean
        DatabaseClient database(ConnectionFactory connections) {
            return DatabaseClient.create(connections);
        }

        @Bean
        R2dbcFencingGuard guard(ConnectionFactory connections) {
            return R2dbcFencingGuard.create(connections);
        }

        @Bean
        StockRoom stockRoom(DatabaseClient database, R2dbcFencingGuard guard) {
            return new StockRoom(database, guard);
        }
    }

    @BeforeAll
    static void start() {
        context.register(Shop.class);
        context.refresh();
        context.getBean(R2dbcFencingGuard.class).createSchema().block(PATIENCE);
        context.getBean(StockRoom.class).createTable().block(PATIENCE);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static List<Integer> stockAndSold(String id) {
        StockRoom room = context.getBean(StockRoom.class);
        return List.of(
                Objects.requireNonNull(room.left(id).block(PATIENCE)),
                Objects.requireNonNull(room.sold(id).block(PATIENCE)));
    }

    @Test
    @DisplayName("sells exactly the stock, fenced and not, through a pool with fewer connections than buyers")
    void exact() {
        StockRoom room = context.getBean(StockRoom.class);
        String fenced = Objects.requireNonNull(room.newItem(STOCK).block(PATIENCE));
        String unfenced = Objects.requireNonNull(room.newItem(STOCK).block(PATIENCE));

        for (Flux<Boolean> sales : List.of(
                Flux.range(0, BUYERS).flatMap(buyer -> room.buy(fenced), BUYERS),
                Flux.range(0, BUYERS).flatMap(buyer -> room.buyUnfenced(unfenced), BUYERS))) {
            assertThat(sales.filter(sold -> sold).count().block(PATIENCE)).isEqualTo(STOCK);
        }
        assertThat(stockAndSold(fenced)).containsExactly(0, STOCK);
        assertThat(stockAndSold(unfenced)).containsExactly(0, STOCK);
    }

    @Test
    @DisplayName("which the same method without it does not")
    void without() {
        StockRoom room = context.getBean(StockRoom.class);
        String id = Objects.requireNonNull(room.newItem(1).block(PATIENCE));
        AtomicInteger reads = new AtomicInteger();
        Sinks.Empty<Void> bothHaveRead = Sinks.empty();
        Mono<Void> rendezvous = Mono.defer(() -> {
            if (reads.incrementAndGet() == 2) {
                bothHaveRead.tryEmitEmpty().orThrow();
            }
            return bothHaveRead.asMono();
        });

        assertThat(Flux.merge(room.buyUnlocked(id, rendezvous), room.buyUnlocked(id, rendezvous))
                        .filter(sold -> sold)
                        .count()
                        .block(PATIENCE))
                .isEqualTo(2);
        assertThat(stockAndSold(id)).containsExactly(0, 2);
    }
}
