package io.reactivelock.fencing;

import static io.reactivelock.fencing.AdvanceTest.assertKind;
import static io.reactivelock.fencing.Database.PATIENCE;
import static io.reactivelock.fencing.Database.resource;
import static io.reactivelock.fencing.Database.run;
import static io.reactivelock.fencing.Database.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.Connection;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.testkit.PostgresExtension;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class CheckTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static Database database;
    private static FencingGuard guard;

    private final String resource = resource();
    private final FencingToken first = token(33);
    private final FencingToken second = token(34);
    private final List<Connection> opened = new ArrayList<>();

    @BeforeAll
    static void setUp() {
        database = Database.create(POSTGRES.server());
        guard = FencingGuard.create(database.factory());
    }

    @AfterEach
    void close() {
        Database.close(opened.toArray(Connection[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
    void aTransactionBelowTheHighestIsRefused(String isolation) { // E1
        guard.advance(resource, second).block(PATIENCE);
        Connection late = begin(isolation);

        StepVerifier.create(guard.check(late, resource, first))
                .expectErrorSatisfies(e -> assertThat(e).isInstanceOfSatisfying(StaleTokenException.class, stale -> {
                    assertThat(stale.presented()).isEqualTo(33);
                    assertThat(stale.highest()).isEqualTo(34);
                }))
                .verify(PATIENCE);
        // whoever swallows the error cannot go on
        StepVerifier.create(run(late, "INSERT INTO log (op) VALUES ('late')"))
                .expectError()
                .verify(PATIENCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"REPEATABLE READ", "SERIALIZABLE"})
    void aSnapshotFromBeforeAnAdvanceIsRetryable(String isolation) { // E1, E4
        guard.advance(resource, first).block(PATIENCE);
        Connection late = begin(isolation);
        Database.query(late, "SELECT 1::bigint").blockLast(PATIENCE);
        guard.advance(resource, second).block(PATIENCE);

        StepVerifier.create(guard.check(late, resource, first))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
    }

    @Test
    void aCheckThatWaitedForALaterHolderIsRefused() { // E1
        guard.advance(resource, first).block(PATIENCE);
        Connection later = begin("READ COMMITTED");
        guard.check(later, resource, second).block(PATIENCE);
        Connection earlier = begin("READ COMMITTED");
        Mono<Void> check = start(guard.check(earlier, resource, first));
        database.awaitBlocked("fencing_guard_check", 1);

        run(later, "COMMIT").block(PATIENCE);

        StepVerifier.create(check).expectError(StaleTokenException.class).verify(PATIENCE);
    }

    @Test
    void aHigherTokenIsAcceptedAndBecomesTheHighestWithTheCommit() { // E1
        guard.advance(resource, first).block(PATIENCE);
        Connection later = begin("READ COMMITTED");

        guard.check(later, resource, second).block(PATIENCE);
        guard.check(later, resource, second).block(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(33);
        run(later, "COMMIT").block(PATIENCE);

        assertThat(database.highest(resource)).isEqualTo(34);
    }

    @ParameterizedTest
    @ValueSource(strings = {"REPEATABLE READ", "SERIALIZABLE"})
    void aHigherTokenMustBeAdvancedWhereTheSnapshotIsOfTheWholeTransaction(String isolation) { // E7
        guard.advance(resource, first).block(PATIENCE);
        Connection writing = begin("READ COMMITTED");
        guard.check(writing, resource, first).block(PATIENCE);
        run(writing, "INSERT INTO log (resource, op) VALUES ('" + resource + "', 'first')")
                .block(PATIENCE);
        Connection later = begin(isolation);
        Mono<Void> check = start(guard.check(later, resource, second));
        database.awaitBlocked("fencing_guard_check", 1);
        run(writing, "COMMIT").block(PATIENCE);

        // it would read without the row of the first holder
        StepVerifier.create(check)
                .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("advance first"))
                .verify(PATIENCE);
        guard.advance(resource, second).block(PATIENCE);
        Connection again = begin(isolation);
        guard.check(again, resource, second).block(PATIENCE);
        assertThat(Database.query(again, "SELECT count(*) FROM log WHERE resource = '" + resource + "'")
                        .blockLast(PATIENCE))
                .isEqualTo(1);
    }

    @Test
    void statementsAfterTheCheckSeeWhatThePreviousHolderCommitted() { // E7
        guard.advance(resource, first).block(PATIENCE);
        Connection writing = begin("READ COMMITTED");
        guard.check(writing, resource, first).block(PATIENCE);
        run(writing, "INSERT INTO log (resource, op) VALUES ('" + resource + "', 'first')")
                .block(PATIENCE);
        Connection later = begin("READ COMMITTED");
        Mono<Void> check = start(guard.check(later, resource, second));
        database.awaitBlocked("fencing_guard_check", 1);
        run(writing, "COMMIT").block(PATIENCE);
        check.block(PATIENCE);

        assertThat(Database.query(later, "SELECT count(*) FROM log WHERE resource = '" + resource + "'")
                        .blockLast(PATIENCE))
                .isEqualTo(1);
    }

    @Test
    void whatAnEarlierHolderHasCheckedCommitsBeforeALaterOneAdvances() { // E1, E2
        guard.advance(resource, first).block(PATIENCE);
        Connection writing = begin("READ COMMITTED");
        guard.check(writing, resource, first).block(PATIENCE);
        Mono<Long> advanceAndRead = start(guard.advance(resource, second)
                .then(Mono.fromSupplier(
                                () -> database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'"))
                        .subscribeOn(Schedulers.boundedElastic())));
        database.awaitBlocked("fencing_guard_advance", 1);

        run(writing, "INSERT INTO log (resource, op) VALUES ('" + resource + "', 'first')")
                .block(PATIENCE);
        run(writing, "COMMIT").block(PATIENCE);

        assertThat(advanceAndRead.block(PATIENCE)).isEqualTo(1);
    }

    @Test
    void aConnectionInAutoCommitIsRefused() { // E5
        guard.advance(resource, first).block(PATIENCE);
        Connection connection = opened(database.connect());

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
        Connection open = begin("READ COMMITTED");
        Mono.from(open.createSavepoint("before")).block(PATIENCE);

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
        Connection open = begin("READ COMMITTED");
        Mono.from(open.createSavepoint("before")).block(PATIENCE);

        StepVerifier.create(guard.check(open, resource, second))
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
    }

    @Test
    void aSavepointAfterTheCheckKeepsTheLock() { // E6
        guard.advance(resource, first).block(PATIENCE);
        Connection open = begin("READ COMMITTED");
        guard.check(open, resource, first).block(PATIENCE);
        Mono.from(open.createSavepoint("after")).block(PATIENCE);
        guard.check(open, resource, first).block(PATIENCE);
        Mono.from(open.rollbackTransactionToSavepoint("after")).block(PATIENCE);

        Mono<Void> advance = start(guard.advance(resource, second));
        database.awaitBlocked("fencing_guard_advance", 1);
        run(open, "COMMIT").block(PATIENCE);
        advance.block(PATIENCE);
    }

    @Test
    void aForeignKeyToTheFenceDoesNotLookLikeASavepoint() { // E6
        guard.advance(resource, first).block(PATIENCE);
        database.execute("CREATE TABLE child_" + first.value()
                + " (resource text COLLATE \"C\" REFERENCES fencing_guard (resource))");
        Connection referring = begin("READ COMMITTED");
        run(referring, "INSERT INTO child_" + first.value() + " VALUES ('" + resource + "')")
                .block(PATIENCE);
        Connection open = begin("READ COMMITTED");
        Mono<Void> check = start(guard.check(open, resource, first));
        database.awaitBlocked("fencing_guard_check", 1);
        run(referring, "COMMIT").block(PATIENCE);

        check.block(PATIENCE);
    }

    @Test
    void aMissingFenceRowIsAnError() { // E8
        Connection open = begin("READ COMMITTED");

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
        var pool = database.pool(8);

        // a deadlock would end one of the two in an error
        Flux.range(0, 400)
                .flatMap(
                        i -> Mono.usingWhen(
                                pool.create(),
                                connection -> Mono.from(connection.beginTransaction())
                                        .then(guard.check(connection, shuffled(names)))
                                        .then(Mono.from(connection.commitTransaction())),
                                Connection::close),
                        8)
                .then()
                .block(PATIENCE);
        pool.disposeLater().block(PATIENCE);
    }

    @Test
    void oneStaleTokenOfSeveralRefusesThemAll() { // E1, E15
        String other = resource();
        guard.advance(resource, second).block(PATIENCE);
        guard.advance(other, second).block(PATIENCE);
        Connection open = begin("READ COMMITTED");

        StepVerifier.create(guard.check(open, Map.of(resource, second, other, first)))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).resource()).isEqualTo(other))
                .verify(PATIENCE);
    }

    @Test
    void aDeadlockOfTwoChecksInOppositeOrderIsRetryable() { // E4
        String other = resource();
        guard.advance(resource, first).block(PATIENCE);
        guard.advance(other, first).block(PATIENCE);
        Connection one = begin("READ COMMITTED");
        Connection two = begin("READ COMMITTED");
        guard.check(one, resource, first).block(PATIENCE);
        guard.check(two, other, first).block(PATIENCE);

        List<Throwable> errors = Objects.requireNonNull(Flux.merge(
                        guard.check(one, other, first).then(Mono.from(one.rollbackTransaction())),
                        guard.check(two, resource, first).then(Mono.from(two.rollbackTransaction())))
                .cast(Throwable.class)
                .onErrorResume(Mono::just)
                .collectList()
                .block(PATIENCE));

        assertThat(errors).hasSize(1);
        assertKind(errors.get(0), Kind.TRANSIENT);
        assertThat(errors.get(0)).hasMessageContaining("deadlock");
    }

    @Test
    void badArgumentsThrowAtOnce() {
        Connection connection = opened(database.connect());
        assertThatThrownBy(() -> guard.check(connection, "", first)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> guard.check(connection, "a\0b", first)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> guard.check(connection, Map.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void withoutALeaseInTheContextThereIsNoToken() {
        Connection open = begin("READ COMMITTED");
        StepVerifier.create(guard.check(open))
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
    }

    private Map<String, FencingToken> shuffled(List<String> names) {
        List<String> order = new ArrayList<>(names);
        Collections.shuffle(order);
        Map<String, FencingToken> tokens = new LinkedHashMap<>();
        order.subList(0, 3).forEach(name -> tokens.put(name, first));
        return tokens;
    }

    private Connection begin(String isolation) {
        return opened(database.begin(isolation));
    }

    private Connection opened(Connection connection) {
        opened.add(connection);
        return connection;
    }

    private static <T> Mono<T> start(Mono<T> mono) {
        Mono<T> started = mono.cache();
        started.subscribe(value -> {}, failed -> {});
        return started;
    }
}
