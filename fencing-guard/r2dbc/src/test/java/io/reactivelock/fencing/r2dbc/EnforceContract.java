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
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
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
        database.execute(sql("DROP TABLE IF EXISTS $t, $t_new, public.$t CASCADE"));
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
        if (write.startsWith("MERGE")
                && database.number("SELECT current_setting('server_version_num')::bigint") < 150_000) {
            String reason = "Skipped: PostgreSQL 15 is the first with MERGE";
            System.out.println(reason);
            Assumptions.abort(reason);
        }
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
    void toSetTheNoteByHandIsNoCheck() { // E17
        GuardSession open = begin("READ COMMITTED");
        open.run("SELECT set_config('fencing_guard.passed', pg_current_xact_id()::text, false)")
                .block(PATIENCE);

        refused(open, "UPDATE $t SET amount = 1 WHERE sku = '$m'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE $t RENAME sku TO was",
                "ALTER TABLE $t RENAME sku TO was; ALTER TABLE $t RENAME later TO sku",
                "ALTER TABLE $t ALTER COLUMN sku TYPE varchar(80)",
                "ALTER TABLE $t ADD COLUMN more int DEFAULT 3",
                "ALTER TABLE $t DROP COLUMN later",
                "ALTER TABLE $t DROP COLUMN sku",
                "ALTER TABLE $t RENAME TO $t_new",
                "ALTER TABLE $t SET SCHEMA public",
            })
    void afterAnyChangeOfTheTableAWarmSessionIsRefusedOrRight(String ddl) { // E17
        database.execute(sql("ALTER TABLE $t ADD COLUMN later text"));
        GuardSession warm = connect(guard);
        // a session keeps a plan after some calls
        for (int i = 0; i < 8; i++) {
            checked(warm, "UPDATE $t SET later = '$o' WHERE sku = '$m'").block(PATIENCE);
        }
        database.execute(sql(ddl));

        // the row of the other one is among them, and was not checked
        warm.begin().block(PATIENCE);
        guard.check(warm, "item:" + mine, token).block(PATIENCE);
        StepVerifier.create(warm.run(sql(
                        "DO $$ BEGIN EXECUTE (SELECT format('UPDATE %s SET amount = 1', oid::regclass) FROM pg_class"
                                + " WHERE relname IN ('$t', '$t_new')); END $$")))
                .expectError()
                .verify(PATIENCE);
        warm.rollback().block(PATIENCE);
    }

    @Test
    void aColumnThatTakesTheNameOfAnotherIsReadInAWarmSession() { // E17
        database.execute(sql("ALTER TABLE $t DROP CONSTRAINT $t_pkey"));
        database.execute(sql("ALTER TABLE $t ADD COLUMN later text"));
        guard.advance("item:" + other, token).block(PATIENCE);
        GuardSession warm = connect(guard);
        for (int i = 0; i < 8; i++) {
            checked(warm, "UPDATE $t SET later = '$o' WHERE sku = '$m'").block(PATIENCE);
        }
        database.execute(sql("ALTER TABLE $t RENAME sku TO was"));
        database.execute(sql("ALTER TABLE $t RENAME later TO sku"));

        StepVerifier.create(checked(warm, "INSERT INTO $t (was, sku, amount) VALUES ('$m', '$o', 1)"))
                .expectErrorSatisfies(e -> assertThat(guard.sqlState(e)).isEqualTo(UNFENCED))
                .verify(PATIENCE);
        warm.rollback().block(PATIENCE);
        checked(warm, "INSERT INTO $t (was, sku, amount) VALUES ('new', '$m', 1)")
                .block(PATIENCE);
    }

    @Test
    void aChangeOfTypeDoesNotStopAWarmSession() { // E17
        GuardSession warm = connect(guard);
        for (int i = 0; i < 8; i++) {
            checked(warm, "UPDATE $t SET amount = 2 WHERE sku = '$m'").block(PATIENCE);
        }
        database.execute(sql("ALTER TABLE $t ALTER COLUMN sku TYPE varchar(80)"));

        checked(warm, "UPDATE $t SET amount = 3 WHERE sku = '$m'").block(PATIENCE);
        assertThat(amount(mine)).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"path", "date", "money", "Mixed \"Case\"", "a$b"})
    void aTableMayBeCalledAnything(String name) { // E17
        String quoted = '"' + name.replace("\"", "\"\"") + '"';
        database.execute("CREATE TABLE " + quoted + " (sku text)");
        guard.enforce(database.schema() + "." + quoted, EXPRESSION).block(PATIENCE);

        refused(guard.connect(), "INSERT INTO " + database.schema() + "." + quoted + " VALUES ('$m')");
        assertThat(guard.update(
                                "item:" + mine,
                                token,
                                sql("INSERT INTO " + database.schema() + "." + quoted + " VALUES ('$m')"))
                        .block(PATIENCE))
                .isEqualTo(1);
        database.execute("DROP TABLE " + database.schema() + "." + quoted + " CASCADE");
    }

    @Test
    void tenThousandRowsCostTenThousandTimesOne() { // E17
        // a second here; a minute and more where each row looks at all before it
        guard.write(
                        "item:" + mine,
                        token,
                        it -> it.run(sql("CREATE TEMPORARY TABLE many (amount int) ON COMMIT DROP"))
                                .then(it.run(sql("ALTER TABLE $t DROP CONSTRAINT $t_pkey")))
                                .then(it.run(sql("INSERT INTO $t SELECT '$m', i FROM generate_series(1, 10000) AS i")))
                                .then(it.run(sql("UPDATE $t SET amount = 0 WHERE sku = '$m'"))))
                .block(PATIENCE);

        assertThat(database.number(sql("SELECT count(*) FROM $t WHERE sku = '$m' AND amount = 0")))
                .isEqualTo(10_001);
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

        // with a lock of the table they would wait for the reader
        Flux.range(0, 4).flatMap(i -> guard.enforce(table, EXPRESSION)).then().block(PATIENCE);

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

    @ParameterizedTest
    @ValueSource(strings = {"DISABLE TRIGGER", "ENABLE REPLICA TRIGGER"})
    void aTriggerThatIsSwitchedOffIsFoundWhereverItIs(String off) { // E17
        database.execute(sql("ALTER TABLE $t " + off + " fencing_guard_update"));
        database.execute(sql("CREATE TABLE $t_whole (id int, sku text) PARTITION BY RANGE (id)"));
        database.execute(sql("CREATE TABLE $t_low PARTITION OF $t_whole FOR VALUES FROM (0) TO (10)"));
        guard.enforce(table + "_whole", EXPRESSION).block(PATIENCE);
        database.execute(sql("ALTER TABLE $t_low " + off + " fencing_guard_insert"));

        guard.enforce(table, EXPRESSION).block(PATIENCE);
        guard.enforce(table + "_whole", EXPRESSION).block(PATIENCE);

        refused(guard.connect(), "UPDATE $t SET amount = 1");
        refused(guard.connect(), "INSERT INTO $t_low (id, sku) VALUES (1, '$m')");
        database.execute(sql("DROP TABLE $t_whole CASCADE"));
    }

    @Test
    void aMigrationThatLiftsOneTableHoldsUpNoOther() { // E13, E17
        database.execute(sql("CREATE TABLE $t_other (sku text)"));
        guard.enforce(table + "_other", EXPRESSION).block(PATIENCE);
        GuardSession migration = begin("READ COMMITTED");
        migration.run(sql("SELECT fencing_guard_lift('$t_other')")).block(PATIENCE);
        GuardSubject hasty = guard.with(FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(50)));

        guard.enforce(table, EXPRESSION).block(PATIENCE);
        guard.createSchema().block(PATIENCE);
        StepVerifier.create(hasty.enforce(table + "_other", EXPRESSION))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);

        migration.rollback().block(PATIENCE);
        database.execute(sql("DROP TABLE $t_other CASCADE"));
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

    private Mono<Void> checked(GuardSession session, String write) {
        return session.begin()
                .then(Mono.defer(() -> guard.check(session, "item:" + mine, token)))
                .then(Mono.defer(() -> session.run(sql(write))))
                .then(Mono.defer(session::commit));
    }

    private void assertUntouched() {
        assertThat(database.number(sql("SELECT count(*) FROM $t WHERE amount = 0 AND sku IN ('$m', '$o')")))
                .isEqualTo(2);
    }

    private long amount(String sku) {
        return database.number(sql("SELECT amount::bigint FROM $t WHERE sku = '" + sku + "'"));
    }
}
