package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** A table that refuses what did not pass the guard, whoever sends it. */
public abstract class EnforceContract extends GuardContract {
    private static final String UNFENCED = "FG005";
    private static final String EXPRESSION = "'item:' || sku -- of the row";

    private final String table = "stock_" + UUID.randomUUID().toString().replace("-", "");
    private final String mine = UUID.randomUUID().toString();
    private final String other = UUID.randomUUID().toString();
    private final FencingToken token = Database.token(33);

    protected EnforceContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @BeforeEach
    void createTable() {
        database.execute(sql("CREATE TABLE $t (sku text PRIMARY KEY, amount int NOT NULL)"));
        database.execute(sql("INSERT INTO $t VALUES ('$m', 0), ('$o', 0)"));
        guard.advance("item:" + mine, token).block(PATIENCE);
        guard.enforce(table, EXPRESSION).block(PATIENCE);
    }

    @AfterEach
    void dropTable() {
        database.execute(sql("DROP TABLE $t CASCADE"));
    }

    private String sql(String text) {
        return text.replace("$t", table).replace("$m", mine).replace("$o", other);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO $t VALUES ('new', 1)",
                "UPDATE $t SET amount = 1 WHERE sku = '$m'",
                "DELETE FROM $t WHERE sku = '$m'",
                "TRUNCATE $t",
                "INSERT INTO $t VALUES ('$m', 1) ON CONFLICT (sku) DO UPDATE SET amount = 1",
                "MERGE INTO $t USING (VALUES ('$m')) AS wanted (sku) ON $t.sku = wanted.sku"
                        + " WHEN MATCHED THEN UPDATE SET amount = 1",
                "COPY $t FROM PROGRAM 'echo new,1' (FORMAT csv)",
                "WITH written AS (UPDATE $t SET amount = 1 RETURNING sku) SELECT FROM written",
            })
    void aWriteFromAnywhereIsRefused(String write) { // E17
        refused(guard.connect(), write);
        assertUntouched();
    }

    @Test
    void everyFormOfTheGuardPassesItsOwnRow() { // E17
        String add = sql("UPDATE $t SET amount = amount + 1 WHERE sku = '$m'");
        GuardSession open = begin("READ COMMITTED");

        assertThat(guard.update("item:" + mine, token, add).block(PATIENCE)).isEqualTo(1);
        guard.write("item:" + mine, token, it -> it.run(add)).block(PATIENCE);
        guard.writeOnce("item:" + mine, token, "add", it -> it.run(add)).block(PATIENCE);
        guard.check(open, Map.of("item:" + mine, token)).block(PATIENCE);
        open.run(add).block(PATIENCE);
        open.commit().block(PATIENCE);

        assertThat(amount(mine)).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
    void aCheckIsForItsOwnResourceOnly(String isolation) { // E17
        GuardSession open = begin(isolation);
        guard.check(open, "item:" + mine, token).block(PATIENCE);
        open.run(sql("UPDATE $t SET amount = 1 WHERE sku = '$m'")).block(PATIENCE);

        refused(open, "UPDATE $t SET amount = 1 WHERE sku = '$o'");
        StepVerifier.create(guard.update("item:" + mine, token, sql("DELETE FROM $t")))
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
    }

    @Test
    void aRowThatChangesItsResourceNeedsBoth() { // E17
        GuardSession from = begin("READ COMMITTED");
        guard.check(from, "item:" + mine, token).block(PATIENCE);
        refused(from, "UPDATE $t SET sku = '$m!' WHERE sku = '$m'");
        GuardSession to = begin("READ COMMITTED");
        guard.advance("item:" + mine + "!", token).block(PATIENCE);
        guard.check(to, "item:" + mine + "!", token).block(PATIENCE);
        refused(to, "UPDATE $t SET sku = '$m!' WHERE sku = '$m'");

        GuardSession both = begin("READ COMMITTED");
        guard.check(both, Map.of("item:" + mine, token, "item:" + mine + "!", token))
                .block(PATIENCE);
        both.run(sql("UPDATE $t SET sku = '$m!' WHERE sku = '$m'")).block(PATIENCE);
        both.commit().block(PATIENCE);
        assertThat(amount(mine + "!")).isZero();
    }

    @Test
    void theCheckOfOneTransactionSaysNothingOfTheNextOnItsConnection() { // E17
        GuardSession pooled = connect(guard);
        pooled.begin().block(PATIENCE);
        guard.check(pooled, "item:" + mine, token).block(PATIENCE);
        pooled.run(sql("UPDATE $t SET amount = 1 WHERE sku = '$m'")).block(PATIENCE);
        pooled.commit().block(PATIENCE);

        refused(pooled, "UPDATE $t SET amount = 1 WHERE sku = '$m'");
    }

    @Test
    void aNoteThatOutlivedItsTransactionCountsForNothing() { // E17
        GuardSession session = connect(guard);
        session.begin().block(PATIENCE);
        guard.check(session, "item:" + mine, token).block(PATIENCE);
        session.run("SELECT set_config('fencing_guard.passed', current_setting('fencing_guard.passed'), false)")
                .block(PATIENCE);
        session.commit().block(PATIENCE);
        assertThat(session.number("SELECT count(*) WHERE current_setting('fencing_guard.passed') LIKE '%item:%'")
                        .block(PATIENCE))
                .isEqualTo(1);

        refused(session, "UPDATE $t SET amount = 1 WHERE sku = '$m'");
    }

    @Test
    void aSavepointThatIsRolledBackTakesNoCheckWithItAndLeavesNone() { // E6, E17
        GuardSession open = begin("READ COMMITTED");
        open.run("SAVEPOINT before").block(PATIENCE);
        StepVerifier.create(guard.check(open, "item:" + mine, token))
                .expectError()
                .verify(PATIENCE);
        open.run("ROLLBACK TO SAVEPOINT before").block(PATIENCE);
        refused(open, "UPDATE $t SET amount = 1 WHERE sku = '$m'");

        GuardSession checked = begin("READ COMMITTED");
        guard.check(checked, "item:" + mine, token).block(PATIENCE);
        checked.run("SAVEPOINT after").block(PATIENCE);
        checked.run(sql("UPDATE $t SET amount = 1 WHERE sku = '$m'")).block(PATIENCE);
        checked.run("ROLLBACK TO SAVEPOINT after").block(PATIENCE);
        checked.run(sql("UPDATE $t SET amount = 2 WHERE sku = '$m'")).block(PATIENCE);
        checked.commit().block(PATIENCE);
        assertThat(amount(mine)).isEqualTo(2);
    }

    @Test
    void toLockTheFenceByHandIsNoCheck() { // E17
        GuardSession open = begin("READ COMMITTED");
        open.run(sql("SELECT FROM fencing_guard WHERE resource = 'item:$m' FOR UPDATE"))
                .block(PATIENCE);

        refused(open, "UPDATE $t SET amount = 1 WHERE sku = '$m'");
    }

    @Test
    void aStaleHolderIsRefusedBeforeItsRow() { // E1, E17
        guard.advance("item:" + mine, second).block(PATIENCE);

        StepVerifier.create(guard.update("item:" + mine, token, sql("UPDATE $t SET amount = 1")))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
        assertUntouched();
    }

    @Test
    void aRowWithoutAResourceIsRefused() { // E17
        guard.enforce(table, "nullif(sku, sku)").block(PATIENCE);

        refused(guard.connect(), "UPDATE $t SET amount = 1 WHERE sku = '$m'");
    }

    @Test
    void rowsThatACascadeReachesAreRefused() { // E17
        database.execute(sql("CREATE TABLE parent_$t (sku text PRIMARY KEY)"));
        database.execute(sql("INSERT INTO parent_$t VALUES ('$m'), ('$o')"));
        database.execute(
                sql("ALTER TABLE $t ADD FOREIGN KEY (sku) REFERENCES parent_$t ON DELETE CASCADE ON UPDATE CASCADE"));

        refused(guard.connect(), "DELETE FROM parent_$t");
        refused(guard.connect(), "UPDATE parent_$t SET sku = sku || '!'");
        refused(guard.connect(), "TRUNCATE parent_$t CASCADE");
        assertUntouched();
        guard.write("item:" + mine, token, it -> it.run(sql("DELETE FROM parent_$t WHERE sku = '$m'")))
                .block(PATIENCE);
        assertThat(database.number(sql("SELECT count(*) FROM $t"))).isEqualTo(1);
        database.execute(sql("DROP TABLE parent_$t CASCADE"));
    }

    @Test
    void partitionsAreCoveredByWhateverNameTheyAreWritten() { // E17
        database.execute(sql("CREATE TABLE $t_whole (id int, sku text) PARTITION BY RANGE (id)"));
        // of another physical layout, as after a migration
        database.execute(sql("CREATE TABLE $t_low (gone int, sku text, id int)"));
        database.execute(sql("ALTER TABLE $t_low DROP COLUMN gone"));
        database.execute(sql("ALTER TABLE $t_whole ATTACH PARTITION $t_low FOR VALUES FROM (0) TO (10)"));
        guard.enforce(table + "_whole", EXPRESSION).block(PATIENCE);
        database.execute(sql("CREATE TABLE $t_high PARTITION OF $t_whole FOR VALUES FROM (10) TO (20)"));

        refused(guard.connect(), "INSERT INTO $t_whole VALUES (1, '$m')");
        refused(guard.connect(), "INSERT INTO $t_low (id, sku) VALUES (1, '$m')");
        refused(guard.connect(), "INSERT INTO $t_high (id, sku) VALUES (11, '$m')");
        refused(guard.connect(), "TRUNCATE $t_whole");
        refused(guard.connect(), "TRUNCATE $t_low");
        guard.enforce(table + "_whole", EXPRESSION).block(PATIENCE);
        refused(guard.connect(), "TRUNCATE $t_high");
        // to another partition
        guard.write(
                        "item:" + mine,
                        token,
                        it -> it.run(sql("INSERT INTO $t_whole VALUES (1, '$m')"))
                                .then(it.run(sql("UPDATE $t_whole SET id = 11"))))
                .block(PATIENCE);
        guard.lift(table + "_whole").block(PATIENCE);
        database.execute(sql("TRUNCATE $t_high"));
        database.execute(sql("DROP TABLE $t_whole"));
    }

    @Test
    void isRepeatableAndDoesNotLockATableThatIsEnforced() { // E17
        GuardSession reading = begin("READ COMMITTED");
        reading.number(sql("SELECT count(*) FROM $t")).block(PATIENCE);
        GuardSubject hasty = guard.with(FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(50)));

        Flux.range(0, 4).flatMap(i -> hasty.enforce(table, EXPRESSION)).then().block(PATIENCE);

        StepVerifier.create(hasty.lift(table))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        reading.rollback().block(PATIENCE);
        refused(guard.connect(), "DELETE FROM $t");
    }

    @Test
    void aTriggerThatWasDisabledIsPutBack() { // E17
        database.execute(sql("ALTER TABLE $t DISABLE TRIGGER fencing_guard_delete"));
        guard.enforce(table, EXPRESSION).block(PATIENCE);

        refused(guard.connect(), "DELETE FROM $t");
    }

    @Test
    void anotherExpressionTakesThePlaceOfTheFirst() { // E17
        guard.enforce(table, "'other:' || sku").block(PATIENCE);
        guard.advance("other:" + mine, token).block(PATIENCE);
        String add = sql("UPDATE $t SET amount = 1 WHERE sku = '$m'");

        StepVerifier.create(guard.update("item:" + mine, token, add))
                .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("did not pass the guard"))
                .verify(PATIENCE);
        assertThat(guard.update("other:" + mine, token, add).block(PATIENCE)).isEqualTo(1);
    }

    @Test
    void aTableThatIsLiftedTakesAnything() {
        guard.lift(table).block(PATIENCE);
        guard.lift(table).block(PATIENCE);

        database.execute(sql("UPDATE $t SET amount = 1 WHERE sku = '$m'"));
        database.execute(sql("TRUNCATE $t"));
    }

    @Test
    void aBadTableOrExpressionIsToldAndEnforcesNothing() {
        allFail(
                Flux.just(
                        guard.enforce("nowhere", EXPRESSION),
                        guard.enforce(table, "'item:' || nothing"),
                        guard.enforce(table, "'item:' ||"),
                        guard.lift("nowhere")),
                e -> assertKind(e, Kind.PERMANENT));
        refused(guard.connect(), "DELETE FROM $t");
    }

    private void refused(GuardSession session, String write) {
        StepVerifier.create(session.run(sql(write)))
                .expectErrorSatisfies(e -> {
                    assertThat(guard.sqlState(e)).describedAs(String.valueOf(e)).isEqualTo(UNFENCED);
                    assertThat(e).hasMessageContaining("did not pass the guard");
                })
                .verify(PATIENCE);
        session.close().onErrorComplete().block(PATIENCE);
    }

    private void assertUntouched() {
        assertThat(database.number(sql("SELECT count(*) FROM $t WHERE amount = 0 AND sku IN ('$m', '$o')")))
                .isEqualTo(2);
    }

    private long amount(String sku) {
        return database.number(sql("SELECT amount::bigint FROM $t WHERE sku = '" + sku + "'"));
    }
}
