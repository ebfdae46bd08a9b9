package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.StaleTokenException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

public abstract class CheckContract extends GuardContract {

    protected CheckContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @ParameterizedTest
    @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
    void aTransactionBelowTheHighestIsRefused(String isolation) { // E1
        guard.advance(resource, second).block(PATIENCE);
        GuardSession late = begin(isolation);

        StepVerifier.create(guard.check(late, resource, first))
                .expectErrorSatisfies(e -> assertThat(e).isInstanceOfSatisfying(StaleTokenException.class, stale -> {
                    assertThat(stale.presented()).isEqualTo(33);
                    assertThat(stale.highest()).isEqualTo(34);
                }))
                .verify(PATIENCE);
        // whoever swallows the error cannot go on
        StepVerifier.create(late.run("INSERT INTO log (op) VALUES ('late')"))
                .expectError()
                .verify(PATIENCE);
    }

    @Test
    void theSameTokenOfAnotherHolderIsStale() { // D3, E3
        guard.advance(resource, first).block(PATIENCE);
        GuardSession other = begin("READ COMMITTED");

        StepVerifier.create(guard.check(other, resource, Database.token(33)))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"REPEATABLE READ", "SERIALIZABLE"})
    void aSnapshotFromBeforeAnAdvanceIsRetryable(String isolation) { // E1, E4
        guard.advance(resource, first).block(PATIENCE);
        GuardSession late = begin(isolation);
        late.number("SELECT 1::bigint").block(PATIENCE);
        guard.advance(resource, second).block(PATIENCE);

        StepVerifier.create(guard.check(late, resource, first))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
    }

    @Test
    void aCheckThatWaitedForALaterHolderIsRefused() { // E1
        guard.advance(resource, first).block(PATIENCE);
        GuardSession later = begin("READ COMMITTED");
        guard.check(later, resource, second).block(PATIENCE);
        GuardSession earlier = begin("READ COMMITTED");
        Mono<Void> check = start(guard.check(earlier, resource, first));
        database.awaitBlocked("fencing_guard_check", 1);

        later.commit().block(PATIENCE);

        StepVerifier.create(check).expectError(StaleTokenException.class).verify(PATIENCE);
    }

    @Test
    void aHigherTokenIsAcceptedAndBecomesTheHighestWithTheCommit() { // E1
        guard.advance(resource, first).block(PATIENCE);
        GuardSession later = begin("READ COMMITTED");

        guard.check(later, resource, second).block(PATIENCE);
        guard.check(later, resource, second).block(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(33);
        later.commit().block(PATIENCE);

        assertThat(database.highest(resource)).isEqualTo(34);
    }

    @ParameterizedTest
    @ValueSource(strings = {"REPEATABLE READ", "SERIALIZABLE"})
    void aHigherTokenMustBeAdvancedWhereTheSnapshotIsOfTheWholeTransaction(String isolation) { // E7
        guard.advance(resource, first).block(PATIENCE);
        GuardSession writing = begin("READ COMMITTED");
        guard.check(writing, resource, first).block(PATIENCE);
        writing.run("INSERT INTO log (resource, op) VALUES ('" + resource + "', 'first')")
                .block(PATIENCE);
        GuardSession later = begin(isolation);
        Mono<Void> check = start(guard.check(later, resource, second));
        database.awaitBlocked("fencing_guard_check", 1);
        writing.commit().block(PATIENCE);

        // it would read without the row of the first holder
        StepVerifier.create(check)
                .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("advance first"))
                .verify(PATIENCE);
        guard.advance(resource, second).block(PATIENCE);
        GuardSession again = begin(isolation);
        guard.check(again, resource, second).block(PATIENCE);
        assertThat(again.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'")
                        .block(PATIENCE))
                .isEqualTo(1);
    }

    @Test
    void statementsAfterTheCheckSeeWhatThePreviousHolderCommitted() { // E7
        guard.advance(resource, first).block(PATIENCE);
        GuardSession writing = begin("READ COMMITTED");
        guard.check(writing, resource, first).block(PATIENCE);
        writing.run("INSERT INTO log (resource, op) VALUES ('" + resource + "', 'first')")
                .block(PATIENCE);
        GuardSession later = begin("READ COMMITTED");
        Mono<Void> check = start(guard.check(later, resource, second));
        database.awaitBlocked("fencing_guard_check", 1);
        writing.commit().block(PATIENCE);
        check.block(PATIENCE);

        assertThat(later.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'")
                        .block(PATIENCE))
                .isEqualTo(1);
    }

    @Test
    void whatAnEarlierHolderHasCheckedCommitsBeforeALaterOneAdvances() { // E1, E2
        guard.advance(resource, first).block(PATIENCE);
        GuardSession writing = begin("READ COMMITTED");
        guard.check(writing, resource, first).block(PATIENCE);
        Mono<Long> advanceAndRead = start(guard.advance(resource, second)
                .then(Mono.fromSupplier(
                                () -> database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'"))
                        .subscribeOn(Schedulers.boundedElastic())));
        database.awaitBlocked("fencing_guard_advance", 1);

        writing.run("INSERT INTO log (resource, op) VALUES ('" + resource + "', 'first')")
                .block(PATIENCE);
        writing.commit().block(PATIENCE);

        assertThat(advanceAndRead.block(PATIENCE)).isEqualTo(1);
    }

    @Test
    void aConnectionInAutoCommitIsRefused() { // E5
        guard.advance(resource, first).block(PATIENCE);
        GuardSession connection = connect(guard);

        StepVerifier.create(guard.check(connection, resource, first))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("auto-commit");
                })
                .verify(PATIENCE);
        StepVerifier.create(guard.check(connection, Map.of(resource, first)))
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
    }

    @Test
    void aCheckInsideASavepointIsRefused() { // E6
        guard.advance(resource, first).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        open.run("SAVEPOINT before").block(PATIENCE);

        StepVerifier.create(guard.check(open, resource, first))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("savepoint");
                })
                .verify(PATIENCE);
    }

    @Test
    void aHigherTokenInsideASavepointIsRefusedToo() { // E6
        guard.advance(resource, first).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        open.run("SAVEPOINT before").block(PATIENCE);

        StepVerifier.create(guard.check(open, resource, second))
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
    }

    @Test
    void aSavepointAfterTheCheckKeepsTheLock() { // E6
        guard.advance(resource, first).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        guard.check(open, resource, first).block(PATIENCE);
        open.run("SAVEPOINT after").block(PATIENCE);
        guard.check(open, resource, first).block(PATIENCE);
        open.run("ROLLBACK TO SAVEPOINT after").block(PATIENCE);

        Mono<Void> advance = start(guard.advance(resource, second));
        database.awaitBlocked("fencing_guard_advance", 1);
        open.commit().block(PATIENCE);
        advance.block(PATIENCE);
    }

    @Test
    void aForeignKeyToTheFenceDoesNotLookLikeASavepoint() { // E6
        guard.advance(resource, first).block(PATIENCE);
        String child = "child_" + UUID.randomUUID().toString().replace("-", "");
        database.execute(
                "CREATE TABLE " + child + " (resource text COLLATE \"C\" REFERENCES fencing_guard (resource))");
        GuardSession referring = begin("READ COMMITTED");
        referring.run("INSERT INTO " + child + " VALUES ('" + resource + "')").block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        Mono<Void> check = start(guard.check(open, resource, first));
        database.awaitBlocked("fencing_guard_check", 1);
        referring.commit().block(PATIENCE);

        check.block(PATIENCE);
    }

    @Test
    void aMissingFenceRowIsAnError() { // E8
        GuardSession open = begin("READ COMMITTED");

        StepVerifier.create(guard.check(open, resource, first))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("no fence row");
                })
                .verify(PATIENCE);
    }

    @Test
    void locksOfSeveralResourcesAreTakenInOneOrder() { // E15
        List<String> names = Stream.generate(Database::resource).limit(5).toList();
        Flux.fromIterable(names)
                .concatMap(name -> guard.advance(name, first))
                .then()
                .block(PATIENCE);

        // a deadlock would end one of them in an error
        Flux.range(0, 8)
                .map(i -> connect(guard))
                .flatMap(session -> session.begin()
                        .then(Mono.defer(() -> guard.check(session, shuffled(names))))
                        .then(session.commit())
                        .repeat(49))
                .then()
                .block(PATIENCE);
    }

    @Test
    void tenThousandResourcesCostTenThousandTimesOne() { // E15
        String many = "INSERT INTO fencing_guard SELECT '" + resource + ":' || i, 33, '" + first.holder()
                + "' FROM generate_series(1, 10000) AS i";
        database.execute(many);
        Map<String, FencingToken> tokens = new LinkedHashMap<>();
        for (int i = 1; i <= 10_000; i++) {
            tokens.put(resource + ":" + i, first);
        }
        GuardSession open = begin("READ COMMITTED");

        // a second here; two minutes where each resource looks at all before it
        guard.check(open, tokens).block(PATIENCE);
        open.rollback().block(PATIENCE);
        tokens.put(resource, first);
        StepVerifier.create(Mono.defer(() -> guard.check(open, tokens)))
                .expectErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("up to 10000 resources, not of 10001"))
                .verify(PATIENCE);
    }

    @Test
    void aTransactionThatWasEndedBySqlIsAutoCommit() { // E5
        guard.advance(resource, first).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        open.run("COMMIT").block(PATIENCE);

        StepVerifier.create(guard.check(open, resource, first))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("auto-commit");
                })
                .verify(PATIENCE);
    }

    @Test
    void oneStaleTokenOfSeveralRefusesThemAll() { // E1, E15
        String other = Database.resource();
        guard.advance(resource, second).block(PATIENCE);
        guard.advance(other, second).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");

        StepVerifier.create(guard.check(open, Map.of(resource, second, other, first)))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).resource()).isEqualTo(other))
                .verify(PATIENCE);
    }

    @Test
    void aDeadlockOfTwoChecksInOppositeOrderIsRetryable() { // E4
        String other = Database.resource();
        guard.advance(resource, first).block(PATIENCE);
        guard.advance(other, first).block(PATIENCE);
        GuardSession one = begin("READ COMMITTED");
        GuardSession two = begin("READ COMMITTED");
        guard.check(one, resource, first).block(PATIENCE);
        guard.check(two, other, first).block(PATIENCE);

        List<Throwable> errors = Objects.requireNonNull(Flux.merge(
                        guard.check(one, other, first).then(one.rollback()),
                        guard.check(two, resource, first).then(two.rollback()))
                .cast(Throwable.class)
                .onErrorResume(Mono::just)
                .collectList()
                .block(PATIENCE));

        assertThat(errors).hasSize(1);
        assertKind(errors.get(0), Kind.TRANSIENT);
        assertThat(errors.get(0)).hasMessageContaining("deadlock");
    }

    private Map<String, FencingToken> shuffled(List<String> names) {
        List<String> order = new ArrayList<>(names);
        Collections.shuffle(order);
        Map<String, FencingToken> tokens = new LinkedHashMap<>();
        order.subList(0, 3).forEach(name -> tokens.put(name, first));
        return tokens;
    }
}
