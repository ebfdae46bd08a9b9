package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

public abstract class WriteContract extends GuardContract {

    protected WriteContract(GuardSubject.Driver driver) {
        super(driver);
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
        StepVerifier.create(guard.write(resource, first, connection -> {
                    throw new NoClassDefFoundError("assembly");
                }))
                .expectError(NoClassDefFoundError.class)
                .verify(PATIENCE);
        StepVerifier.create(guard.write(
                        resource, first, connection -> insert(connection, "a").then(insert(connection, "a"))))
                .expectErrorSatisfies(e -> assertState(e, UNIQUE_VIOLATION))
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
                        resource, first, connection -> connection.commit().thenReturn("unguarded")))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("ended the transaction");
                })
                .verify(PATIENCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMMIT", "ROLLBACK"})
    void workThatEndsTheTransactionAndBeginsAnotherIsNotCommitted(String end) { // E5
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(guard.write(
                        resource,
                        first,
                        connection -> connection
                                .run(end)
                                .then(connection.run("BEGIN"))
                                .then(insert(connection, "unguarded"))))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("ended the transaction");
                })
                .verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void aTransactionThatWasIdleForTooLongHasWrittenNothingAndSaysSo() { // E9, E13
        guard.advance(resource, first).block(PATIENCE);
        GuardSubject impatient =
                guard.with(FencingGuardOptions.defaults().idleInTransactionTimeout(Duration.ofSeconds(1)));

        StepVerifier.create(impatient.write(
                        resource,
                        first,
                        connection -> insert(connection, "idle")
                                .then(connection.number("SELECT pg_backend_pid()::bigint"))
                                .flatMap(pid -> Mono.<Void>fromRunnable(() -> database.await(
                                                "SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid, 0))
                                        .subscribeOn(Schedulers.boundedElastic()))))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        assertThat(written()).isZero();
    }

    @Test
    void aSerialisationFailureOfTheWorkPassesThroughAsWhatItIs() { // E4
        guard.advance(resource, first).block(PATIENCE);
        database.execute("INSERT INTO balance VALUES ('" + resource + "', 0, 0)");
        GuardSubject strict = at("repeatable read");

        StepVerifier.create(strict.write(
                        resource,
                        first,
                        connection -> Mono.fromRunnable(() -> database.execute(
                                        "UPDATE balance SET amount = 1 WHERE resource = '" + resource + "'"))
                                .subscribeOn(Schedulers.boundedElastic())
                                .then(connection.run(
                                        "UPDATE balance SET amount = 2 WHERE resource = '" + resource + "'"))))
                .expectErrorSatisfies(e -> assertState(e, SERIALISATION_FAILURE))
                .verify(PATIENCE);
    }

    @Test
    void aSerialisationFailureOfTheCommitIsRetryable() { // E4, E9
        GuardSubject strict = at("serializable");
        String other = Database.resource();
        strict.advance(resource, first).block(PATIENCE);
        strict.advance(other, first).block(PATIENCE);
        String count = "SELECT count(*) FROM log WHERE resource IN ('" + resource + "', '" + other + "')";

        // two writes that each read what the other one writes: one must fail, at the latest at its commit
        var bothHaveRead = new CyclicBarrier(2);
        var results = Objects.requireNonNull(Flux.just(resource, other)
                .flatMap(name -> strict.write(
                                name,
                                first,
                                connection -> connection
                                        .number(count)
                                        .then(meet(bothHaveRead))
                                        .then(connection.run(
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
            assertState(results.get(0), SERIALISATION_FAILURE);
        }
    }

    private static Mono<Void> meet(CyclicBarrier barrier) {
        return Mono.fromCallable(() -> barrier.await())
                .subscribeOn(Schedulers.boundedElastic())
                .then();
    }

    private Mono<Void> insert(GuardSession connection, String op) {
        return connection.run("INSERT INTO log (resource, token, op) VALUES ('" + resource + "', 33, '" + op + "')");
    }

    private long written() {
        return database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'");
    }
}
