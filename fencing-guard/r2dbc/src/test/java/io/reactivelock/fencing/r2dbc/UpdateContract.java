package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

public abstract class UpdateContract extends GuardContract {
    private static final String INSERT = "INSERT INTO log (resource, token, op) VALUES ($1, $2, $3)";

    /** Reads what others wrote, as one statement can. */
    private static final String COUNT =
            "INSERT INTO log (resource, previous, op) SELECT $1, count(*), 'count' FROM log WHERE resource = $1";

    protected UpdateContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @Test
    void writesAndCountsTheRows() {
        guard.advance(resource, first).block(PATIENCE);
        assertThat(insert(first, "a").block(PATIENCE)).isEqualTo(1);
        assertThat(insert(first, "b").block(PATIENCE)).isEqualTo(1);

        assertThat(guard.update(resource, first, "UPDATE log SET seq = $1 WHERE resource = $2", 7L, resource)
                        .block(PATIENCE))
                .isEqualTo(2);
        assertThat(guard.update(resource, first, "DELETE FROM log WHERE resource = '" + resource + "';")
                        .block(PATIENCE))
                .isEqualTo(2);
        assertThat(guard.update(resource, first, "DELETE FROM log WHERE resource = $1", resource)
                        .block(PATIENCE))
                .isZero();
    }

    @Test
    void acceptsSqlInItsOddForms() {
        guard.advance(resource, first).block(PATIENCE);

        assertThat(guard.update(
                                resource,
                                first,
                                "/* $9 /* nested */ ; */ WITH named AS (SELECT 'returning; $8' AS op)\n"
                                        + "INSERT INTO log (resource, op) SELECT $1, op || $tag$;$7$tag$ FROM named -- end",
                                resource)
                        .block(PATIENCE))
                .isEqualTo(1);
    }

    @Test
    void aLoneCarriageReturnEndsAComment() {
        guard.advance(resource, first).block(PATIENCE);
        insert(first, "mine").block(PATIENCE);

        assertThat(guard.update(
                                resource,
                                first,
                                "UPDATE log SET seq = $1 -- the number\rWHERE op = $2",
                                7L,
                                Database.resource())
                        .block(PATIENCE))
                .isZero();
        assertThat(guard.update(
                                resource,
                                first,
                                "UPDATE log SET seq = $1 -- the number\rWHERE resource = $2",
                                7L,
                                resource)
                        .block(PATIENCE))
                .isEqualTo(1);
    }

    @Test
    void aTokenOfAnotherLockIsRefusedAtOnceUnlessTold() { // E3
        FencingToken foreign = new FencingToken(34, second.holder(), "another lock");
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(Mono.defer(() -> guard.advance(resource, foreign)))
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("another lock"))
                .verify(PATIENCE);
        StepVerifier.create(Mono.defer(() -> guard.update(resource, foreign, "DELETE FROM log WHERE false")))
                .expectError(IllegalArgumentException.class)
                .verify(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(33);
        guard.advance(resource, foreign.forAnyResource()).block(PATIENCE);
        guard.advance("another lock" + resource, new FencingToken(34, second.holder(), "another lock" + resource))
                .block(PATIENCE);
    }

    @Test
    void aTokenBeyondTheCeilingIsRefusedAtOnce() { // E19
        StepVerifier.create(Mono.defer(() -> guard.advance(resource, Database.token(Long.MAX_VALUE))))
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("a token up to 4611686018427387904"))
                .verify(PATIENCE);
    }

    @Test
    void belowTheHighestNothingIsWritten() { // E1
        guard.advance(resource, second).block(PATIENCE);

        StepVerifier.create(insert(first, "stale"))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).highest()).isEqualTo(34))
                .verify(PATIENCE);
        StepVerifier.create(insert(Database.token(34), "other"))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void aTokenThatWasNotAdvancedIsRefused() { // E7
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(insert(second, "early"))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("advance first");
                })
                .verify(PATIENCE);
        assertThat(written()).isZero();
        assertThat(database.highest(resource)).isEqualTo(33);
    }

    @Test
    void aMissingFenceRowIsAnError() { // E8
        StepVerifier.create(insert(first, "early"))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("no fence row");
                })
                .verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void aStatementThatBeganBeforeItsAdvanceWasCommittedIsRefused() { // E7
        guard.advance(resource, first).block(PATIENCE);
        GuardSession writing = begin("READ COMMITTED");
        guard.check(writing, resource, first).block(PATIENCE);
        writing.run("INSERT INTO log (resource, op) VALUES ('" + resource + "', 'first')")
                .block(PATIENCE);
        Mono<Void> advance = start(guard.advance(resource, second));
        database.awaitBlocked("fencing_guard_advance", 1);
        // the impatient second holder does not wait for its advance
        Mono<Long> early = start(guard.update(resource, second, COUNT, resource));
        early.onErrorComplete().timeout(Duration.ofSeconds(5), Mono.empty()).block(PATIENCE);
        writing.commit().block(PATIENCE);
        advance.block(PATIENCE);

        // had it waited, it would have counted without the row of the first holder
        StepVerifier.create(early)
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
        assertThat(guard.update(resource, second, COUNT, resource).block(PATIENCE))
                .isEqualTo(1);
    }

    @Test
    void aStatementThatWaitedForALaterHolderIsRefused() { // E1, E7
        guard.advance(resource, first).block(PATIENCE);
        GuardSession later = begin("READ COMMITTED");
        guard.check(later, resource, second).block(PATIENCE);
        Mono<Long> earlier = start(insert(first, "stale"));
        database.awaitBlocked("fencing_guard_fence", 1);

        later.commit().block(PATIENCE);

        StepVerifier.create(earlier).expectError(StaleTokenException.class).verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void aStatementInFlightHoldsUpTheNextAdvance() { // E1
        guard.advance(resource, first).block(PATIENCE);
        database.execute("INSERT INTO balance VALUES ('" + resource + "', 0, 0)");
        GuardSession other = begin("READ COMMITTED");
        other.run("SELECT FROM balance WHERE resource = '" + resource + "' FOR UPDATE")
                .block(PATIENCE);
        Mono<Long> update =
                start(guard.update(resource, first, "UPDATE balance SET amount = 1 WHERE resource = $1", resource));
        database.awaitBlocked("UPDATE balance", 1);
        Mono<Void> advance = start(guard.advance(resource, second));
        database.awaitBlocked("fencing_guard_advance", 1);

        other.commit().block(PATIENCE);

        assertThat(update.block(PATIENCE)).isEqualTo(1);
        advance.block(PATIENCE);
    }

    @Test
    void waitsNoLongerThanTheLockTimeout() { // E13, E4
        guard.advance(resource, first).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        guard.check(open, resource, first).block(PATIENCE);
        GuardSubject hasty = guard.with(FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(50)));

        StepVerifier.create(hasty.update(resource, first, "DELETE FROM log WHERE resource = 'none'"))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"repeatable read", "serializable"})
    void isRetryableOrRightAtEveryIsolationLevel(String isolation) { // E1, E4
        GuardSubject strict = at(isolation);
        strict.advance(resource, first).block(PATIENCE);
        GuardSession later = begin("READ COMMITTED");
        guard.check(later, resource, second).block(PATIENCE);
        Mono<Long> earlier = start(strict.update(resource, first, INSERT, resource, 33L, "stale"));
        database.awaitBlocked("fencing_guard_fence", 1);

        later.commit().block(PATIENCE);

        StepVerifier.create(earlier)
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void errorsOfTheUsersOwnSqlPassThrough() {
        guard.advance(resource, first).block(PATIENCE);
        insert(first, "once").block(PATIENCE);

        StepVerifier.create(insert(first, "once"))
                .expectErrorSatisfies(e -> assertState(e, UNIQUE_VIOLATION))
                .verify(PATIENCE);
        StepVerifier.create(guard.update(resource, first, "DELETE FROM nowhere"))
                .expectErrorSatisfies(e -> assertThat(e).isNotInstanceOf(FencingException.class))
                .verify(PATIENCE);
    }

    @Test
    void isAcknowledgedOnlyWhenItIsCommitted() { // E9
        database.execute("CREATE TABLE IF NOT EXISTS deferred (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        guard.advance(resource, first).block(PATIENCE);

        // the row is inserted, counted and sent; the commit then fails
        StepVerifier.create(guard.update(resource, first, "INSERT INTO deferred SELECT 1 FROM generate_series(1, 2)"))
                .expectErrorSatisfies(e -> assertState(e, UNIQUE_VIOLATION))
                .verify(PATIENCE);
    }

    private Mono<Long> insert(FencingToken token, String op) {
        return guard.update(resource, token, INSERT, resource, token.value(), op);
    }

    private long written() {
        return database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'");
    }
}
