package io.reactivelock.fencing;

import static io.reactivelock.fencing.AdvanceTest.assertKind;
import static io.reactivelock.fencing.Database.PATIENCE;
import static io.reactivelock.fencing.Database.resource;
import static io.reactivelock.fencing.Database.run;
import static io.reactivelock.fencing.Database.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.testkit.PostgresExtension;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.util.context.Context;

class WriteTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static Database database;
    private static FencingGuard guard;

    private final String resource = resource();
    private final FencingToken first = token(33);
    private final FencingToken second = token(34);

    @BeforeAll
    static void setUp() {
        database = Database.create(POSTGRES.server());
        guard = FencingGuard.create(database.factory());
    }

    @Test
    void commitsAndGivesTheValue() {
        guard.advance(resource, first).block(PATIENCE);

        String value = guard.write(
                        resource, first, connection -> insert(connection, "a").thenReturn("done"))
                .block(PATIENCE);

        assertThat(value).isEqualTo("done");
        assertThat(written()).isEqualTo(1);
    }

    @Test
    void emptyWorkIsCommittedToo() {
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(guard.write(resource, first, connection -> insert(connection, "a")))
                .expectComplete()
                .verify(PATIENCE);
        assertThat(written()).isEqualTo(1);
    }

    @Test
    void workWithManyValuesRunsToItsEnd() {
        guard.advance(resource, first).block(PATIENCE);

        Integer value = guard.write(
                        resource,
                        first,
                        connection -> Flux.range(1, 3)
                                .concatMap(i -> insert(connection, "op" + i).thenReturn(i)))
                .block(PATIENCE);

        assertThat(value).isEqualTo(1);
        assertThat(written()).isEqualTo(3);
    }

    @Test
    void theWorkSeesTheSubscribersContext() {
        guard.advance(resource, first).block(PATIENCE);

        String value = guard.<String>write(
                        resource, first, connection -> Mono.deferContextual(context -> Mono.just(context.get("key"))))
                .contextWrite(Context.of("key", "value"))
                .block(PATIENCE);

        assertThat(value).isEqualTo("value");
    }

    @Test
    void aStaleTokenNeverReachesTheWork() { // E1, E5
        guard.advance(resource, second).block(PATIENCE);

        StepVerifier.create(guard.write(resource, first, connection -> {
                    throw new AssertionError("called");
                }))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
    }

    @Test
    void errorsOfTheWorkRollBackAndPassThrough() {
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(guard.write(
                        resource,
                        first,
                        connection -> insert(connection, "a").then(Mono.error(new IllegalStateException("work")))))
                .expectErrorMessage("work")
                .verify(PATIENCE);
        StepVerifier.create(guard.write(resource, first, connection -> {
                    throw new IllegalStateException("assembly");
                }))
                .expectErrorMessage("assembly")
                .verify(PATIENCE);
        StepVerifier.create(guard.write(
                        resource, first, connection -> insert(connection, "a").then(insert(connection, "a"))))
                .expectError(R2dbcDataIntegrityViolationException.class)
                .verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void workThatGoesOnAfterAFailedStatementIsNotCommitted() { // E9
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(guard.write(
                        resource,
                        first,
                        connection -> insert(connection, "a")
                                .then(insert(connection, "a"))
                                .onErrorComplete()
                                .thenReturn("looks done")))
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void workThatEndsTheTransactionIsToldSo() { // E5
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(guard.write(
                        resource,
                        first,
                        connection -> Mono.from(connection.commitTransaction()).thenReturn("unguarded")))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("ended the transaction");
                })
                .verify(PATIENCE);
    }

    @Test
    void aSerialisationFailureOfTheWorkPassesThroughAsWhatItIs() { // E4
        guard.advance(resource, first).block(PATIENCE);
        database.execute("INSERT INTO balance VALUES ('" + resource + "', 0, 0)");
        FencingGuard strict =
                FencingGuard.create(new Fixed(database, "default_transaction_isolation", "repeatable read"));

        StepVerifier.create(strict.write(
                        resource,
                        first,
                        connection -> Mono.fromRunnable(() -> database.execute(
                                        "UPDATE balance SET amount = 1 WHERE resource = '" + resource + "'"))
                                .subscribeOn(Schedulers.boundedElastic())
                                .then(run(
                                        connection,
                                        "UPDATE balance SET amount = 2 WHERE resource = '" + resource + "'"))))
                .expectError(R2dbcRollbackException.class)
                .verify(PATIENCE);
    }

    @Test
    void aSerialisationFailureOfTheCommitIsRetryable() { // E4, E9
        FencingGuard strict = FencingGuard.create(new Fixed(database, "default_transaction_isolation", "serializable"));
        String other = resource();
        strict.advance(resource, first).block(PATIENCE);
        strict.advance(other, first).block(PATIENCE);
        String count = "SELECT count(*) FROM log WHERE resource IN ('" + resource + "', '" + other + "')";

        // two writes that each read what the other one writes: one must fail, at the latest at its commit
        var bothHaveRead = new CyclicBarrier(2);
        var results = Objects.requireNonNull(Flux.just(resource, other)
                .flatMap(name -> strict.write(
                                name,
                                first,
                                connection -> Database.query(connection, count)
                                        .then(meet(bothHaveRead))
                                        .then(run(
                                                connection,
                                                "INSERT INTO log (resource, op) VALUES ('" + name + "', 'x')")))
                        .then(Mono.<Throwable>empty())
                        .onErrorResume(Mono::just))
                .collectList()
                .block(PATIENCE));

        assertThat(results).hasSize(1);
        assertThat(results.get(0)).isNotInstanceOf(StaleTokenException.class);
        if (results.get(0) instanceof FencingGuardException) {
            assertKind(results.get(0), Kind.TRANSIENT);
        } else {
            assertThat(results.get(0)).isInstanceOf(R2dbcRollbackException.class);
        }
    }

    @Test
    void takesNoLeaseFromAnEmptyContext() {
        StepVerifier.create(guard.write(connection -> Mono.empty()))
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
        StepVerifier.create(guard.advance())
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
        StepVerifier.create(guard.update("DELETE FROM log WHERE false", it -> it))
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
    }

    private static Mono<Void> meet(CyclicBarrier barrier) {
        return Mono.fromCallable(() -> barrier.await())
                .subscribeOn(Schedulers.boundedElastic())
                .then();
    }

    private Mono<Void> insert(Connection connection, String op) {
        return run(connection, "INSERT INTO log (resource, token, op) VALUES ('" + resource + "', 33, '" + op + "')");
    }

    private long written() {
        return database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'");
    }
}
