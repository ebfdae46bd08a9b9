package io.reactivelock.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.UnfencedWriteException;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testservers.PostgresServer;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.data.r2dbc.test.autoconfigure.DataR2dbcTest;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@DataR2dbcTest(properties = "reactive-lock.fencing.initialize-schema=always")
@AutoConfigureReactiveLock
@DisplayName("A test of the repositories")
class RepositorySliceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

    @Autowired
    private LockClient locks;

    @Autowired
    private LockBackend backend;

    @Autowired
    private R2dbcFencingGuard guard;

    @Autowired
    private DatabaseClient database;

    @Autowired
    private SlicedItems items;

    @DynamicPropertySource
    static void address(DynamicPropertyRegistry registry) {
        PostgresServer server = PostgresServer.shared();
        registry.add(
                "spring.r2dbc.url",
                () -> "r2dbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database());
        registry.add("spring.r2dbc.username", server::username);
        registry.add("spring.r2dbc.password", server::password);
    }

    @Test
    @DisplayName("has fenced repositories")
    void hasFencedRepositories() {
        database.sql("CREATE TABLE IF NOT EXISTS sliced_item (id text PRIMARY KEY, units int)")
                .then()
                .block(PATIENCE);
        database.sql("INSERT INTO sliced_item VALUES ('" + table + "', 10)")
                .then()
                .block(PATIENCE);
        SlicedItem sold = new SlicedItem(table, 9);

        assertThatExceptionOfType(UnfencedWriteException.class)
                .isThrownBy(() -> items.save(sold).block(PATIENCE));
        SlicedItem saved = guard.withLock(locks, LockRequest.of("sliced:" + table), lease -> items.save(sold))
                .block(PATIENCE);

        assertThat(saved).isEqualTo(sold);
    }

    @Test
    @DisplayName("has locks in memory, and the guard of its database")
    void hasLocksAndGuard() {
        assertThat(backend).isInstanceOf(InMemoryLockBackend.class);
        database.sql("CREATE TABLE " + table + " (units int)").then().block(PATIENCE);
        database.sql("INSERT INTO " + table + " VALUES (10)").then().block(PATIENCE);

        Long written = guard.withLock(
                        locks,
                        LockRequest.of("table:" + table),
                        lease -> guard.update("UPDATE " + table + " SET units = units - 1", it -> it))
                .block(PATIENCE);

        assertThat(written).isOne();
    }
}
