package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.Database.token;
import static io.reactivelock.fencing.r2dbc.GuardContract.assertKind;
import static io.reactivelock.fencing.r2dbc.GuardContract.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testservers.PostgresExtension;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What becomes of the rows of the fence when somebody writes, deletes or raises them. A schema for each test: it concerns all rows. */
class FenceRowsTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final Database database = Database.create(POSTGRES.server());
    private final R2dbcFencingGuard guard = R2dbcFencingGuard.create(database.factory());
    private final FencingToken first = token(33);
    private final FencingToken second = token(34);

    @BeforeEach
    void advance() {
        guard.advance("order:1", first).then(guard.advance("order:1", second)).block(PATIENCE);
    }

    @AfterEach
    void drop() {
        database.execute("DROP SCHEMA " + database.schema() + " CASCADE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE fencing_guard SET token = 33",
                "UPDATE fencing_guard SET holder = repeat('a', 32)",
                "UPDATE fencing_guard SET resource = 'order:2'",
                "INSERT INTO fencing_guard VALUES ('order:1', 33, repeat('a', 32))"
                        + " ON CONFLICT (resource) DO UPDATE SET token = excluded.token",
                "TRUNCATE fencing_guard"
            })
    void theFenceOnlyRisesWhoeverWritesIt(String sql) { // E19
        refused(sql);

        assertThat(database.highest("order:1")).isEqualTo(34);
    }

    @Test
    void aRowThatIsDeletedLeavesItsTokenBehind() { // E19
        guard.advance("order:2", token(7)).block(PATIENCE);
        database.execute("DELETE FROM fencing_guard WHERE resource IN ('order:1', 'order:2')");

        // who was fenced off stays so, by every way in
        stale(guard.advance("order:1", first), 34);
        stale(guard.advance("order:1", second), 34);
        StepVerifier.create(guard.write("order:1", first, connection -> Mono.empty()))
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
        StepVerifier.create(guard.update("order:1", first, "DELETE FROM log", it -> it))
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
        refused("DELETE FROM fencing_guard");
        guard.advance("order:1", token(35)).block(PATIENCE);
        database.execute("DELETE FROM fencing_guard WHERE resource = 'order:1'");
        stale(guard.advance("order:3", token(35)), 35);
    }

    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void anAdvanceThatMeetsADeletionDoesNotSlipThrough(String isolation) { // E19
        R2dbcFencingGuard strict =
                R2dbcFencingGuard.create(new Fixed(database.factory(), "default_transaction_isolation", isolation));
        Connection deleting = database.begin("READ COMMITTED");
        Database.run(deleting, "DELETE FROM fencing_guard WHERE resource = 'order:1'")
                .block(PATIENCE);
        Mono<Void> stale = start(strict.advance("order:1", first));
        database.awaitBlocked("fencing_guard_advance", 1);

        Mono.from(deleting.commitTransaction()).block(PATIENCE);

        StepVerifier.create(stale.onErrorResume(FencingGuardException.class, e -> {
                    assertKind(e, Kind.TRANSIENT);
                    return strict.advance("order:1", first);
                }))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
        Database.close(deleting);
    }

    @Test
    void aRaisedFenceRefusesEverybodyWhoHoldsAToken() { // E12
        database.execute("SELECT fencing_guard_raise(1000)");

        stale(guard.advance("order:1", second), 1000);
        stale(guard.advance("order:1", token(1000)), 1000);
        stale(guard.advance("order:unknown", token(999)), 1000);
        stale(guard.write("order:1", second, connection -> Mono.empty()), 1000);
        stale(guard.update("order:1", second, "DELETE FROM log", it -> it), 1000);
        database.execute("SELECT fencing_guard_raise(500)");
        assertThat(database.highest("order:1")).isEqualTo(1000);
        guard.advance("order:1", token(1001)).block(PATIENCE);
    }

    @Test
    void aRaiseWaitsForFirstAdvancesInFlight() { // E12
        Connection advancing = database.begin("READ COMMITTED");
        Database.run(advancing, "SELECT fencing_guard_advance('order:new', 40, '" + first.holder() + "', 5000)")
                .block(PATIENCE);
        Mono<Void> raise = start(Mono.<Void>fromRunnable(() -> database.execute("SELECT fencing_guard_raise(1000)"))
                .subscribeOn(Schedulers.boundedElastic()));
        database.awaitBlocked("fencing_guard_raise", 1);

        Mono.from(advancing.commitTransaction()).block(PATIENCE);
        raise.block(PATIENCE);

        assertThat(database.highest("order:new")).isEqualTo(1000);
        Database.close(advancing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"REPEATABLE READ", "SERIALIZABLE"})
    void aRaiseThatWouldMissThemIsRefused(String isolation) { // E12
        Connection old = database.begin(isolation);

        StepVerifier.create(Database.run(old, "SELECT fencing_guard_raise(1000)"))
                .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("READ COMMITTED"))
                .verify(PATIENCE);
        Database.close(old);
    }

    @ParameterizedTest
    @ValueSource(strings = {"REPEATABLE READ", "SERIALIZABLE"})
    void anOldSnapshotDoesNotAcceptATokenBelowADeletedOne(String isolation) { // E19
        Connection old = database.begin(isolation);
        Database.query(old, "SELECT count(*) FROM fencing_guard").blockLast(PATIENCE);
        database.execute("DELETE FROM fencing_guard WHERE resource = 'order:1'");

        StepVerifier.create(Database.run(
                        old, "SELECT fencing_guard_advance('order:1', 33, '" + first.holder() + "', 5000)"))
                .expectErrorSatisfies(e ->
                        assertThat(((R2dbcException) e).getSqlState()).isEqualTo(GuardContract.SERIALISATION_FAILURE))
                .verify(PATIENCE);
        Database.close(old);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'', 50", "'order:7', 3"})
    void anAbsurdTokenDoesNotShutOutTheResourcesToCome(String lower) { // E19
        guard.advance("order:7", token(PostgresFence.MAX_TOKEN)).block(PATIENCE);
        database.execute(
                "UPDATE fencing_guard SET advanced_at = now() - interval '1 year' WHERE resource <> 'order:2'");
        guard.advance("order:2", token(40)).block(PATIENCE);

        assertThat(database.number("SELECT fencing_guard_clean('30 days')")).isEqualTo(1);

        // what was cleaned is below what is in use, and the absurd one is still there
        assertThat(database.highest("order:1")).isZero();
        guard.advance("order:3", token(41)).block(PATIENCE);
        // and where somebody deletes it by hand, the owner has a way back
        if (lower.startsWith("''")) {
            database.execute("DELETE FROM fencing_guard WHERE resource = 'order:7'");
            stale(guard.advance("order:4", token(42)), PostgresFence.MAX_TOKEN);
        }
        database.execute("SELECT fencing_guard_lower(" + lower + ")");
        guard.advance("order:7", token(51)).block(PATIENCE);
        refused("UPDATE fencing_guard SET token = 1");
    }

    @Test
    void aTokenBeyondTheCeilingPassesNowhere() { // E19
        String call = "('order:9', " + Long.MAX_VALUE + ", '" + first.holder() + "', 5000";
        for (String sql : List.of(
                "SELECT fencing_guard_advance" + call + ")",
                "SELECT fencing_guard_check" + call + ", 5000)",
                "SELECT fencing_guard_raise(" + Long.MAX_VALUE + ")")) {
            StepVerifier.create(Mono.fromRunnable(() -> database.execute(sql)))
                    .expectErrorSatisfies(
                            e -> assertThat(((R2dbcException) e).getSqlState()).isEqualTo("FG008"))
                    .verify(PATIENCE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void dataThatIsRestoredInAnyOrderHasItsFence(boolean reversed) { // E12, E19
        guard.advance("order:2", token(90)).block(PATIENCE);
        database.execute("DELETE FROM fencing_guard WHERE resource = 'order:2'");
        guard.advance("order:3", token(91)).block(PATIENCE);
        Database restored = Database.create(POSTGRES.server());
        // as pg_dump --data-only sends it: one row after the other, and an empty search_path
        restored.execute("INSERT INTO fencing_guard VALUES ('order:0', 1, '" + first.holder() + "')");
        restored.execute("SET search_path = ''; INSERT INTO " + restored.schema() + ".fencing_guard SELECT * FROM "
                + database.schema() + ".fencing_guard ORDER BY resource" + (reversed ? " DESC" : "")
                + "; SET search_path = " + restored.schema());
        R2dbcFencingGuard there = R2dbcFencingGuard.create(restored.factory());

        // what was below the floor may have been raised to it, which fences off more, and never less
        stale(there.advance("order:1", first), restored.highest("order:1"));
        stale(there.advance("order:2", token(90)), 90);
        stale(there.advance("order:new", token(90)), 90);
        there.advance("order:1", token(92)).block(PATIENCE);
        restored.execute("DROP SCHEMA " + restored.schema() + " CASCADE");
    }

    @Test
    void dataThatIsRestoredWithTriggersOffHasItsFence() { // E12, E19
        guard.advance("order:2", token(90)).block(PATIENCE);
        database.execute("DELETE FROM fencing_guard WHERE resource = 'order:2'");
        Database restored = Database.create(POSTGRES.server());
        restored.execute("SET session_replication_role = replica; INSERT INTO " + restored.schema()
                + ".fencing_guard SELECT * FROM " + database.schema()
                + ".fencing_guard; RESET session_replication_role");
        R2dbcFencingGuard there = R2dbcFencingGuard.create(restored.factory());

        stale(there.advance("order:1", first), 34);
        stale(there.advance("order:2", token(90)), 90);
        restored.execute("DROP SCHEMA " + restored.schema() + " CASCADE");
    }

    @Test
    void aLockFindsItsWayAboveARaisedFence() { // E12, D4
        LockClient locks = LockClient.create(InMemoryLockBackend.create());
        database.execute("SELECT fencing_guard_raise(" + (Long.MAX_VALUE / 4) + ")");

        StepVerifier.create(guard.withLock(
                        locks,
                        LockRequest.of("order:1"),
                        lease -> Mono.just(lease.token().value())))
                .assertNext(accepted -> assertThat(accepted).isGreaterThan(Long.MAX_VALUE / 4))
                .expectComplete()
                .verify(PATIENCE);
        locks.close().block(PATIENCE);
    }

    @Test
    void aTableOfAnEarlierVersionIsBroughtUpToDate() { // E17, E19
        Database old = Database.empty(POSTGRES.server());
        old.execute("CREATE TABLE fencing_guard (resource text COLLATE \"C\" PRIMARY KEY, token bigint NOT NULL,"
                + " holder text NOT NULL, advanced_at timestamptz NOT NULL DEFAULT now())");
        old.execute("INSERT INTO fencing_guard VALUES ('order:1', 34, '" + second.holder() + "')");
        R2dbcFencingGuard newer = R2dbcFencingGuard.create(old.factory());

        newer.createSchema().then(newer.createSchema()).block(PATIENCE);

        assertThat(old.highest("order:1")).isEqualTo(34);
        newer.advance("order:1", new FencingToken(34, second.holder())).block(PATIENCE);
        newer.writeOnce("order:1", second, "pay", connection -> Mono.just("done"))
                .block(PATIENCE);
        StepVerifier.create(Mono.fromRunnable(() -> old.execute("TRUNCATE fencing_guard")))
                .expectError(R2dbcException.class)
                .verify(PATIENCE);
        old.execute("DROP SCHEMA " + old.schema() + " CASCADE");
    }

    private void refused(String sql) {
        StepVerifier.create(Mono.usingWhen(
                        database.factory().create(), connection -> Database.run(connection, sql), Connection::close))
                .expectErrorSatisfies(e -> {
                    assertThat(((R2dbcException) e).getSqlState()).isEqualTo("FG006");
                    assertThat(e).hasMessageContaining("only rises");
                })
                .verify(PATIENCE);
    }

    private static void stale(Mono<?> call, long highest) {
        StepVerifier.create(call)
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOfSatisfying(
                                StaleTokenException.class,
                                stale -> assertThat(stale.highest()).isEqualTo(highest)))
                .verify(PATIENCE);
    }
}
