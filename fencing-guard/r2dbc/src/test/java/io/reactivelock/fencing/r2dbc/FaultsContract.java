package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.GuardContract.assertKind;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.TcpFaults.Cut;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

public abstract class FaultsContract extends GuardContract {
    private static final FencingGuardOptions HASTY =
            FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(100)).replyTimeout(Duration.ofSeconds(1));

    private TcpProxy proxy;
    private GuardSubject direct;

    protected FaultsContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @BeforeEach
    void connect() {
        proxy = TcpProxy.to(POSTGRES.server().host(), POSTGRES.server().port());
        direct = guard;
        guard = over(proxy);
        direct.advance(resource, first).block(PATIENCE);
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource
    void aCommitWhoseReplyIsLostIsUnknownAndItsRepeatIsHarmless(Cut cut) { // E9
        Mono<Void> write = guard.write(
                resource, first, connection -> insert(connection).then(Mono.fromRunnable(proxy::swallowReplies)));
        Mono<Void> cutWhenCommitted = Mono.<Void>fromRunnable(() -> {
                    database.await(written(), 1);
                    proxy.cut(cut);
                })
                .subscribeOn(Schedulers.boundedElastic());

        StepVerifier.create(Mono.when(write, cutWhenCommitted))
                .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                .verify(PATIENCE);
        proxy.heal();

        StepVerifier.create(guard.write(resource, first, this::insert))
                .expectErrorSatisfies(e -> assertState(e, UNIQUE_VIOLATION))
                .verify(PATIENCE);
        assertThat(database.number(written())).isEqualTo(1);
        awaitNoneBorrowed();
    }

    @ParameterizedTest
    @EnumSource
    void aCommitThatIsCutAtAnyByteIsUnknownAndItsRepeatIsHarmless(Cut cut) { // E9
        for (int bytes = 1; bytes <= guard.commitBytes(); bytes++) {
            int upTo = bytes;
            String op = "cut" + bytes;
            StepVerifier.create(guard.write(
                            resource,
                            first,
                            connection -> insert(connection, op)
                                    .then(Mono.fromRunnable(() -> proxy.cutAfterRequestBytes(upTo, cut)))))
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);
            proxy.heal();

            guard.write(resource, first, connection -> insert(connection, op))
                    .onErrorComplete(e -> guard.sqlState(e).equals(UNIQUE_VIOLATION))
                    .block(PATIENCE);
        }
        assertThat(database.number(written())).isEqualTo(guard.commitBytes());
        awaitNoneBorrowed();
    }

    @Test
    void aWriteSendsItsBeginAndItsCheckTogether() { // E5
        guard = opened(database, proxy.host(), proxy.port(), 1, Map.of());
        // some drivers prepare a statement in a round trip of its own, the first time
        guard.write(resource, first, connection -> insert(connection, "before")).block(PATIENCE);
        proxy.holdReplies();

        Mono<Void> write = start(guard.write(resource, first, connection -> insert(connection, "after")));
        database.await(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                        + " AND query LIKE '%fencing_guard_check%' AND application_name = '" + database.schema() + "'",
                1);
        proxy.releaseReplies();

        // then the statement, and the commit: three round trips
        write.block(PATIENCE);
        assertThat(database.number(written())).isEqualTo(2);
    }

    @Test
    void anUpdateWithoutAReplyIsUnknownAndItsConnectionIsNotUsedAgain() { // E9, G7
        GuardSubject hasty = guard.with(HASTY);
        String insert = "INSERT INTO log (resource, token, op) VALUES ($1, 33, $2)";
        // some drivers prepare a statement in a round trip of its own, the first time
        hasty.update(resource, first, insert, resource, "before").block(PATIENCE);
        proxy.swallowReplies();

        StepVerifier.create(hasty.update(resource, first, insert, resource, "once"))
                .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                .verify(PATIENCE);
        proxy.heal();

        database.await(written(), 2);
        awaitNoneBorrowed();
        for (int i = 0; i < 4; i++) {
            hasty.update(resource, first, "DELETE FROM log WHERE false").block(PATIENCE);
        }
    }

    @Test
    void anAdvanceWithoutAReplyIsUnknownAndItsRepeatPasses() { // E3, E9, E13
        GuardSubject hasty = guard.with(HASTY);
        FencingToken next = second;
        hasty.advance(resource, first).block(PATIENCE);
        proxy.swallowReplies();

        StepVerifier.create(hasty.advance(resource, next))
                .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                .verify(PATIENCE);
        proxy.heal();

        hasty.advance(resource, next).block(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(34);
        awaitNoneBorrowed();
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionLostBeforeTheCommitWroteNothing(Cut cut) { // E9
        guard.advance(resource, first).block(PATIENCE);
        GuardSession holding = begin("READ COMMITTED");
        direct.check(holding, resource, first).block(PATIENCE);
        Mono<Void> cutWhileWaiting = Mono.<Void>fromRunnable(() -> {
                    database.awaitBlocked("fencing_guard_check", 1);
                    proxy.cut(cut);
                })
                .subscribeOn(Schedulers.boundedElastic());

        StepVerifier.create(Mono.when(guard.write(resource, first, this::insert), cutWhileWaiting))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        assertThat(database.number(written())).isZero();
        awaitNoneBorrowed();
    }

    @Test
    void aTerminatedSessionRollsBackAndFreesTheFence() { // E14
        for (int i = 0; i < 8; i++) {
            FencingToken next = Database.token(34 + i);
            direct.advance(resource, next).block(PATIENCE);
            StepVerifier.create(guard.write(
                            resource,
                            next,
                            connection -> insert(connection)
                                    .then(connection.number("SELECT pg_backend_pid()::bigint"))
                                    .flatMap(pid -> Mono.fromRunnable(
                                                    () -> database.execute("SELECT pg_terminate_backend(" + pid + ")"))
                                            .subscribeOn(Schedulers.boundedElastic()))))
                    // unknown, or known to be closed before the commit was sent
                    .expectErrorSatisfies(e -> assertThat(e)
                            .isInstanceOfSatisfying(
                                    FencingGuardException.class,
                                    failed -> assertThat(failed.isTransient()).isTrue()))
                    .verify(PATIENCE);
        }
        direct.advance(resource, Database.token(60)).block(PATIENCE);
        assertThat(database.number(written())).isZero();
        awaitNoneBorrowed();
    }

    @Test
    void aConnectionThatTheServerEndsIsNotUsedAgain() { // E14, G7
        guard = opened(database, proxy.host(), proxy.port(), 1, Map.of());
        GuardSession holding = begin(direct, "READ COMMITTED");
        direct.check(holding, resource, first).block(PATIENCE);
        Mono<Void> advance = start(guard.advance(resource, second));
        database.awaitBlocked("fencing_guard_advance", 1);
        // the end is read well after the words before it
        proxy.drainRepliesSlowly(1024, Duration.ofMillis(500));
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                + " AND application_name = '" + database.schema() + "'");

        StepVerifier.create(advance)
                .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                .verify(PATIENCE);

        holding.rollback().block(PATIENCE);
        guard.advance(resource, second).block(PATIENCE);
    }

    @Test
    void aServerThatIsKilledComesBackWithTheFenceThatWasCommitted() { // E14
        try (PostgresServer own = PostgresServer.start(Map.of("fsync", "on"))) {
            Database mortal = Database.create(own);
            GuardSubject onMortal = opened(mortal, Map.of());
            onMortal.advance(resource, first).block(PATIENCE);
            onMortal.advance(resource, Database.token(34)).block(PATIENCE);
            FencingToken last = Database.token(35);
            onMortal.advance(resource, last).block(PATIENCE);

            // when one of its processes is killed, the server starts over from its log
            StepVerifier.create(onMortal.write(
                            resource,
                            last,
                            connection -> insert(connection)
                                    .then(connection.number("SELECT pg_backend_pid()::bigint"))
                                    .doOnNext(pid ->
                                            ProcessHandle.of(pid).orElseThrow().destroyForcibly())))
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);

            StepVerifier.create(onMortal.advance(resource, Database.token(34))
                            .retryWhen(Retry.fixedDelay(500, Duration.ofMillis(20))
                                    .filter(e -> e instanceof FencingGuardException failed && failed.isTransient())))
                    .expectErrorSatisfies(e -> assertThat(e)
                            .isInstanceOfSatisfying(
                                    StaleTokenException.class,
                                    stale -> assertThat(stale.highest()).isEqualTo(35)))
                    .verify(PATIENCE);
            assertThat(mortal.number(written())).isZero();
            onMortal.write(resource, last, this::insert).block(PATIENCE);
        }
    }

    @Test
    void aServerThatIsDownIsTold() { // G7
        proxy.refuse();

        everyCallIsTransient(guard.with(HASTY));
        proxy.close();
        everyCallIsTransient(guard.with(HASTY));
    }

    private void everyCallIsTransient(GuardSubject down) {
        allFail(
                Flux.just(
                        down.createSchema(),
                        down.advance(resource, first),
                        down.write(resource, first, this::insert),
                        down.update(resource, first, "DELETE FROM log WHERE false")),
                e -> assertKind(e, Kind.TRANSIENT));
    }

    @Test
    void missingTablesAreToldWithWhatToDo() { // E8
        GuardSubject early = opened(Database.empty(POSTGRES.server()), Map.of());
        GuardSession open = begin(early, "READ COMMITTED");

        allFail(
                Flux.just(
                        early.advance(resource, first),
                        early.check(open, resource, first),
                        early.write(resource, first, this::insert),
                        early.update(resource, first, "DELETE FROM pg_class WHERE false")),
                e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("createSchema()");
                });
    }

    @Test
    void anEmptiedTableRefusesEverybodyUntilTheyAdvance() { // E8
        Database other = Database.create(POSTGRES.server());
        GuardSubject onOther = opened(other, Map.of());
        onOther.advance(resource, first).block(PATIENCE);
        other.execute("SET session_replication_role = replica; TRUNCATE fencing_guard; RESET session_replication_role");

        allFail(
                Flux.just(
                        onOther.write(resource, first, this::insert),
                        onOther.update(resource, first, "DELETE FROM log WHERE false")),
                e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("no fence row");
                });
        other.execute("DROP TABLE fencing_guard");
        StepVerifier.create(onOther.advance(resource, first))
                .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("createSchema()"))
                .verify(PATIENCE);
    }

    @Test
    void aReadOnlyServerAnswersNothing() { // E18
        GuardSubject readOnly = opened(database, Map.of("default_transaction_read_only", "on"));
        GuardSession open = begin(readOnly, "READ COMMITTED");

        // also to the holder of the highest token, who would pass on the primary
        allFail(
                Flux.just(
                        readOnly.advance(resource, first),
                        readOnly.check(open, resource, first),
                        readOnly.write(resource, first, this::insert),
                        readOnly.update(resource, first, "DELETE FROM log WHERE false")),
                e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("not the primary");
                });
    }

    private GuardSubject over(TcpProxy way) {
        return opened(database, way.host(), way.port(), 2, Map.of());
    }

    private Mono<Void> insert(GuardSession connection) {
        return insert(connection, "once");
    }

    private Mono<Void> insert(GuardSession connection, String op) {
        return connection.run("INSERT INTO log (resource, token, op) VALUES ('" + resource + "', 33, '" + op + "')");
    }

    private String written() {
        return "SELECT count(*) FROM log WHERE resource = '" + resource + "'";
    }
}
