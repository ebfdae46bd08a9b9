package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.fencing.postgresql.RowFence;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** A fence in the rows of a table themselves. */
public abstract class RowFenceContract extends GuardContract {
    private static final int LANES = 3;
    private static final int ROUNDS = 40;
    private static final int TRIES = 300;

    private final String table = "hot_" + UUID.randomUUID().toString().replace("-", "");
    private final RowFence rows = RowFence.of(table, "part \"no\"", "part:");
    private final String add = "UPDATE " + table + " SET units = units + $1 WHERE \"part \"\"no\"\"\" > 0";

    protected RowFenceContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @BeforeEach
    void createTable() {
        database.execute("CREATE TABLE " + table
                + " (\"part \"\"no\"\"\" int PRIMARY KEY, units bigint NOT NULL DEFAULT 0, note text)");
        database.execute("INSERT INTO " + table + " SELECT i FROM generate_series(1, 9) AS i");
        guard.fenceRows(rows).then(guard.fenceRows(rows)).block(PATIENCE);
    }

    @AfterEach
    void dropTable() {
        database.execute("DROP TABLE " + table);
    }

    @Test
    void writesTheRowsOfItsKeyAndNoOthers() { // E1
        guard.advance(rows, "7", first).block(PATIENCE);
        // the same holder has another one, too
        guard.advance(rows, "8", first).block(PATIENCE);

        assertThat(guard.update(rows, "7", first, add, 2).block(PATIENCE)).isEqualTo(1);
        assertThat(guard.update(rows, "7", first, "UPDATE " + table + " SET units = units + 1")
                        .block(PATIENCE))
                .isEqualTo(1);
        assertThat(guard.update(rows, "7", first, add + " AND units = 99", 2).block(PATIENCE))
                .isZero();
        assertThat(database.number("SELECT sum(units)::bigint FROM " + table)).isEqualTo(3);
        assertThat(guard.update(rows, "7", first, "DELETE FROM " + table).block(PATIENCE))
                .isEqualTo(1);
        assertThat(guard.update(rows, "7", first, add, 2).block(PATIENCE)).isZero();
        assertThat(database.number("SELECT count(*) FROM " + table)).isEqualTo(8);
    }

    @Test
    void belowTheHighestNothingIsWritten() { // E1, E3
        guard.advance(rows, "7", second).block(PATIENCE);

        for (FencingToken stale : new FencingToken[] {first, Database.token(34)}) {
            StepVerifier.create(guard.update(rows, "7", stale, add, 1))
                    .expectErrorSatisfies(e -> {
                        assertThat(stale(e).highest()).isEqualTo(34);
                        assertThat(stale(e).resource()).isEqualTo("part:7");
                    })
                    .verify(PATIENCE);
            StepVerifier.create(guard.advance(rows, "7", stale))
                    .expectError(StaleTokenException.class)
                    .verify(PATIENCE);
        }
        guard.advance(rows, "7", second).block(PATIENCE);
        assertThat(database.number("SELECT sum(units)::bigint FROM " + table)).isZero();
    }

    @Test
    void aTokenThatWasNotAdvancedIsRefused() { // E7
        guard.advance(rows, "7", first).block(PATIENCE);

        StepVerifier.create(guard.update(rows, "7", second, add, 1))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("advance first");
                })
                .verify(PATIENCE);
    }

    @Test
    void aMissingFenceIsAnErrorAndAMissingRowAnAnswer() { // E8
        StepVerifier.create(guard.update(rows, "7", first, add, 1))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("no fence in its row");
                })
                .verify(PATIENCE);
        StepVerifier.create(guard.advance(rows, "77", first))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("no row");
                })
                .verify(PATIENCE);
        assertThat(guard.update(rows, "77", first, add, 1).block(PATIENCE)).isZero();
    }

    @Test
    void aStatementThatWaitedForALaterHolderIsRefused() { // E1, E7
        guard.advance(rows, "7", first).block(PATIENCE);
        GuardSession later = begin("READ COMMITTED");
        later.run("SELECT fencing_guard_advance_rows('" + table + "', 'part \"no\"', '7', 'part:7', 34, '"
                        + second.holder() + "', 5000)")
                .block(PATIENCE);
        Mono<Long> earlier = start(guard.update(rows, "7", first, add, 1));
        database.awaitBlocked("UPDATE " + table, 1);

        later.commit().block(PATIENCE);

        StepVerifier.create(earlier).expectError(StaleTokenException.class).verify(PATIENCE);
    }

    @Test
    void anAdvanceWaitsForTheStatementInFlight() { // E1, E2
        guard.advance(rows, "7", first).block(PATIENCE);
        GuardSession writing = begin("READ COMMITTED");
        writing.run("UPDATE " + table + " SET units = 5 WHERE fence = 33").block(PATIENCE);
        Mono<Void> advance = start(guard.advance(rows, "7", second));
        database.awaitBlocked("fencing_guard_advance_rows", 1);
        StepVerifier.create(guard.with(FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(50)))
                        .advance(rows, "7", Database.token(35)))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);

        writing.commit().block(PATIENCE);
        advance.block(PATIENCE);

        assertThat(database.number("SELECT units FROM " + table + " WHERE fence = 34"))
                .isEqualTo(5);
    }

    @Test
    void aReplyThatIsLostIsUnknown() { // E9
        try (TcpProxy proxy =
                TcpProxy.to(POSTGRES.server().host(), POSTGRES.server().port())) {
            GuardSubject far = opened(database, proxy.host(), proxy.port(), 1, Map.of())
                    .with(FencingGuardOptions.defaults()
                            .lockTimeout(Duration.ofMillis(100))
                            .replyTimeout(Duration.ofSeconds(1)));
            far.advance(rows, "7", first).block(PATIENCE);
            far.update(rows, "7", first, add, 1).block(PATIENCE);
            proxy.swallowReplies();

            StepVerifier.create(far.update(rows, "7", first, add, 1))
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);
            proxy.heal();
        }
        database.await("SELECT units FROM " + table + " WHERE fence = 33", 2);
    }

    @Test
    void whatItCannotFenceIsRefusedAtOnce() {
        for (String sql : new String[] {
            "INSERT INTO " + table + " VALUES (10)",
            "WITH one AS (SELECT 1) UPDATE " + table + " SET units = 1",
            "DELETE FROM " + table + " WHERE CURRENT OF c"
        }) {
            StepVerifier.create(Mono.defer(() -> guard.update(rows, "7", first, sql)))
                    .expectErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("begins with its verb"))
                    .verify(PATIENCE);
        }
        StepVerifier.create(Mono.defer(() -> guard.advance(rows, "7", new FencingToken(1, first.holder(), "part:8"))))
                .expectError(IllegalArgumentException.class)
                .verify(PATIENCE);
        guard.advance(rows, "7", new FencingToken(1, first.holder(), "part:7")).block(PATIENCE);
    }

    /** Writers a few tokens behind, in a loop on the server, while holders follow each other and write. */
    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void noStaleWriteIsAccepted(String isolation) { // E1
        LongAdder written = new LongAdder();

        long accepted = storm(at(isolation), inLoop(), written);

        assertThat(accepted).isZero();
        assertThat(written.sum()).isGreaterThan(ROUNDS);
        assertThat(database.number("SELECT sum(units)::bigint FROM " + table)).isEqualTo(written.sum());
    }

    @Test
    void withoutTheFenceSomeAre() { // E1: the control
        String unfenced = inLoop().replace(" AND fence OPERATOR(pg_catalog.=) p_token::pg_catalog.int8", "")
                .replace(" AND fence_holder OPERATOR(pg_catalog.=) p_holder::pg_catalog.text", "");

        assertThat(storm(guard, unfenced, new LongAdder())).isPositive();
    }

    private long storm(GuardSubject level, String statement, LongAdder written) {
        database.execute("CREATE FUNCTION storm_" + table + "(p_key text, p_token bigint, p_holder text, p_tries int)"
                + " RETURNS bigint LANGUAGE plpgsql AS $storm$ DECLARE v_written bigint; v_all bigint := 0; BEGIN"
                + " FOR i IN 1..p_tries LOOP BEGIN " + statement
                + "; GET DIAGNOSTICS v_written = ROW_COUNT; v_all := v_all + v_written;"
                + " EXCEPTION WHEN serialization_failure OR deadlock_detected THEN NULL; END; END LOOP;"
                + " RETURN v_all; END $storm$");
        LongAdder accepted = new LongAdder();
        Flux.range(1, LANES)
                .flatMap(lane -> lane(level, String.valueOf(lane), written, accepted))
                .then()
                .block(Duration.ofMinutes(2));
        return accepted.sum();
    }

    private Mono<Void> lane(GuardSubject level, String key, LongAdder written, LongAdder accepted) {
        return Flux.range(1, ROUNDS)
                .concatMap(round -> {
                    FencingToken earlier = Database.token(3L * round);
                    FencingToken later = Database.token(3L * round + 1);
                    return again(level.advance(rows, key, earlier))
                            .then(again(level.update(rows, key, earlier, add, 1L)))
                            .doOnNext(written::add)
                            .then(again(level.advance(rows, key, later)))
                            .then(Mono.when(
                                    Mono.usingWhen(
                                                    level.borrow(),
                                                    session -> session.number("SELECT storm_" + table + "('" + key
                                                            + "', "
                                                            + earlier.value() + ", '" + earlier.holder() + "', " + TRIES
                                                            + ")"),
                                                    GuardSession::close)
                                            .doOnNext(accepted::add)
                                            .onErrorComplete(
                                                    e -> guard.sqlState(e).equals(SERIALISATION_FAILURE)),
                                    again(level.update(rows, key, later, add, 1L))
                                            .doOnNext(written::add),
                                    level.update(rows, key, earlier, add, 1L)
                                            .doOnNext(accepted::add)
                                            .onErrorComplete(StaleTokenException.class)
                                            .onErrorComplete(RowFenceContract::isTransient)));
                })
                .then();
    }

    private <T> Mono<T> again(Mono<T> call) {
        return call.retryWhen(Retry.max(1_000).filter(RowFenceContract::isTransient));
    }

    private static boolean isTransient(Throwable error) {
        return error instanceof FencingGuardException failed && failed.isTransient();
    }

    /** The statement as the guard sends it. */
    private String inLoop() {
        return PostgresFence.create(FencingGuardOptions.defaults())
                .update(rows, "7", first, "UPDATE " + table + " SET units = units + 1")
                .sql()
                .replace("$1", "p_key")
                .replace("$2", "p_token")
                .replace("$3", "p_holder");
    }
}
