package io.reactivelock.fencing;

import static io.reactivelock.fencing.AdvanceTest.assertKind;
import static io.reactivelock.fencing.Database.PATIENCE;
import static io.reactivelock.fencing.Database.resource;
import static io.reactivelock.fencing.Database.run;
import static io.reactivelock.fencing.Database.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.testkit.PostgresExtension;
import io.reactivelock.testkit.PostgresServer;
import io.reactivelock.testkit.TcpFaults.Cut;
import io.reactivelock.testkit.TcpProxy;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

class FaultsTest {
    /** Type, length, {@code COMMIT} and a zero. */
    private static final int COMMIT_BYTES = 12;

    private static final FencingGuardOptions HASTY =
            FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(100)).replyTimeout(Duration.ofMillis(300));

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static Database database;
    private static FencingGuard direct;

    private final String resource = resource();
    private final FencingToken token = token(33);
    private TcpProxy proxy;
    private ConnectionPool pool;
    private FencingGuard guard;

    @BeforeAll
    static void setUp() {
        database = Database.create(POSTGRES.server());
        direct = FencingGuard.create(database.factory());
    }

    @BeforeEach
    void connect() {
        proxy = TcpProxy.to(POSTGRES.server().host(), POSTGRES.server().port());
        pool = Database.pool(database.factory(proxy.host(), proxy.port()), 2);
        guard = FencingGuard.create(pool);
        direct.advance(resource, token).block(PATIENCE);
    }

    @AfterEach
    void close() {
        // connections that were cut meanwhile do not take the farewell
        pool.disposeLater().onErrorComplete().block(PATIENCE);
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource
    void aCommitWhoseReplyIsLostIsUnknownAndItsRepeatIsHarmless(Cut cut) { // E9
        Mono<Void> write = guard.write(
                resource, token, connection -> insert(connection).then(Mono.fromRunnable(proxy::swallowReplies)));
        Mono<Void> cutWhenCommitted = Mono.<Void>fromRunnable(() -> {
                    database.await(written(), 1);
                    proxy.cut(cut);
                })
                .subscribeOn(Schedulers.boundedElastic());

        StepVerifier.create(Mono.when(write, cutWhenCommitted))
                .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                .verify(PATIENCE);
        proxy.heal();

        StepVerifier.create(guard.write(resource, token, this::insert))
                .expectError(R2dbcDataIntegrityViolationException.class)
                .verify(PATIENCE);
        assertThat(database.number(written())).isEqualTo(1);
        awaitAcquired();
    }

    @ParameterizedTest
    @EnumSource
    void aCommitThatIsCutAtAnyByteIsUnknownAndItsRepeatIsHarmless(Cut cut) { // E9
        for (int bytes = 1; bytes <= COMMIT_BYTES; bytes++) {
            int upTo = bytes;
            String op = "cut" + bytes;
            StepVerifier.create(guard.write(
                            resource,
                            token,
                            connection -> insert(connection, op)
                                    .then(Mono.fromRunnable(() -> proxy.cutAfterRequestBytes(upTo, cut)))))
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);
            proxy.heal();

            guard.write(resource, token, connection -> insert(connection, op))
                    .onErrorComplete(R2dbcDataIntegrityViolationException.class)
                    .block(PATIENCE);
        }
        assertThat(database.number(written())).isEqualTo(COMMIT_BYTES);
        awaitAcquired();
    }

    @Test
    void anUpdateWithoutAReplyIsUnknownAndItsConnectionIsNotUsedAgain() { // E9, G7
        FencingGuard hasty = FencingGuard.create(pool, HASTY);
        hasty.update(resource, token, "DELETE FROM log WHERE false", it -> it).block(PATIENCE);
        proxy.swallowReplies();

        StepVerifier.create(hasty.update(
                        resource,
                        token,
                        "INSERT INTO log (resource, token, op) VALUES ($1, 33, 'once')",
                        it -> it.bind("$1", resource)))
                .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                .verify(PATIENCE);
        proxy.heal();

        database.await(written(), 1);
        awaitAcquired();
        for (int i = 0; i < 4; i++) {
            hasty.update(resource, token, "DELETE FROM log WHERE false", it -> it)
                    .block(PATIENCE);
        }
    }

    @Test
    void anAdvanceWithoutAReplyIsUnknownAndItsRepeatPasses() { // E3, E9, E13
        FencingGuard hasty = FencingGuard.create(pool, HASTY);
        FencingToken next = token(34);
        hasty.advance(resource, token).block(PATIENCE);
        proxy.swallowReplies();

        StepVerifier.create(hasty.advance(resource, next))
                .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                .verify(PATIENCE);
        proxy.heal();

        hasty.advance(resource, next).block(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(34);
        awaitAcquired();
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionLostBeforeTheCommitWroteNothing(Cut cut) { // E9
        Mono.from(pool.warmup()).block(PATIENCE);
        guard.advance(resource, token).block(PATIENCE);
        Connection holding = database.begin("READ COMMITTED");
        direct.check(holding, resource, token).block(PATIENCE);
        Mono<Void> cutWhileWaiting = Mono.<Void>fromRunnable(() -> {
                    database.awaitBlocked("fencing_guard_check", 1);
                    proxy.cut(cut);
                })
                .subscribeOn(Schedulers.boundedElastic());

        StepVerifier.create(Mono.when(guard.write(resource, token, this::insert), cutWhileWaiting))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        Database.close(holding);
        assertThat(database.number(written())).isZero();
        awaitAcquired();
    }

    @Test
    void aTerminatedSessionRollsBackAndFreesTheFence() { // E14
        for (int i = 0; i < 8; i++) {
            FencingToken next = token(34 + i);
            direct.advance(resource, next).block(PATIENCE);
            StepVerifier.create(guard.write(
                            resource,
                            next,
                            connection -> insert(connection)
                                    .then(Database.query(connection, "SELECT pg_backend_pid()::bigint")
                                            .single())
                                    .flatMap(pid -> Mono.fromRunnable(
                                                    () -> database.execute("SELECT pg_terminate_backend(" + pid + ")"))
                                            .subscribeOn(Schedulers.boundedElastic()))))
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);
        }
        direct.advance(resource, token(60)).block(PATIENCE);
        assertThat(database.number(written())).isZero();
        awaitAcquired();
    }

    @Test
    void aServerThatIsKilledComesBackWithTheFenceThatWasCommitted() { // E14
        try (PostgresServer own = PostgresServer.start(Map.of("fsync", "on"))) {
            Database mortal = Database.create(own);
            FencingGuard onMortal = FencingGuard.create(mortal.factory());
            onMortal.advance(resource, token).block(PATIENCE);
            onMortal.advance(resource, token(34)).block(PATIENCE);
            FencingToken last = token(35);
            onMortal.advance(resource, last).block(PATIENCE);

            // when one of its processes is killed, the server starts over from its log
            StepVerifier.create(onMortal.write(
                            resource,
                            last,
                            connection -> insert(connection)
                                    .then(Database.query(connection, "SELECT pg_backend_pid()::bigint")
                                            .single())
                                    .doOnNext(pid ->
                                            ProcessHandle.of(pid).orElseThrow().destroyForcibly())))
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);

            StepVerifier.create(onMortal.advance(resource, token(34))
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
        pool.disposeLater().block(PATIENCE);
        FencingGuard down = FencingGuard.create(Database.pool(database.factory(proxy.host(), proxy.port()), 2), HASTY);

        Flux.just(
                        down.createSchema(),
                        down.advance(resource, token),
                        down.write(resource, token, this::insert),
                        down.update(resource, token, "DELETE FROM log WHERE false", it -> it))
                .concatMap(call -> call.then().onErrorResume(e -> {
                    assertKind(e, Kind.TRANSIENT);
                    return Mono.empty();
                }))
                .then()
                .block(PATIENCE);

        proxy.close();
        StepVerifier.create(FencingGuard.create(database.factory(proxy.host(), proxy.port()))
                        .advance(resource, token))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
    }

    @Test
    void missingTablesAreToldWithWhatToDo() { // E8
        Database empty = Database.empty(POSTGRES.server());
        FencingGuard early = FencingGuard.create(empty.factory());
        Connection open = empty.begin("READ COMMITTED");

        Flux.just(
                        early.advance(resource, token),
                        early.check(open, resource, token),
                        early.write(resource, token, this::insert),
                        early.update(resource, token, "DELETE FROM pg_class WHERE false", it -> it))
                .concatMap(call -> call.then(Mono.<Void>error(new AssertionError("passed")))
                        .onErrorResume(e -> {
                            assertKind(e, Kind.PERMANENT);
                            assertThat(e).hasMessageContaining("createSchema()");
                            return Mono.empty();
                        }))
                .then()
                .block(PATIENCE);
        Database.close(open);
    }

    @Test
    void anEmptiedTableRefusesEverybodyUntilTheyAdvance() { // E8
        Database other = Database.create(POSTGRES.server());
        FencingGuard onOther = FencingGuard.create(other.factory());
        onOther.advance(resource, token).block(PATIENCE);
        other.execute("TRUNCATE fencing_guard");

        Flux.just(
                        onOther.write(resource, token, this::insert),
                        onOther.update(resource, token, "DELETE FROM log WHERE false", it -> it))
                .concatMap(call -> call.then(Mono.<Void>error(new AssertionError("passed")))
                        .onErrorResume(e -> {
                            assertKind(e, Kind.PERMANENT);
                            assertThat(e).hasMessageContaining("no fence row");
                            return Mono.empty();
                        }))
                .then()
                .block(PATIENCE);
        other.execute("DROP TABLE fencing_guard");
        StepVerifier.create(onOther.advance(resource, token))
                .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("createSchema()"))
                .verify(PATIENCE);
    }

    private Mono<Void> insert(Connection connection) {
        return insert(connection, "once");
    }

    private Mono<Void> insert(Connection connection, String op) {
        return run(connection, "INSERT INTO log (resource, token, op) VALUES ('" + resource + "', 33, '" + op + "')");
    }

    private String written() {
        return "SELECT count(*) FROM log WHERE resource = '" + resource + "'";
    }

    private void awaitAcquired() {
        Mono.fromSupplier(() -> pool.getMetrics().orElseThrow().acquiredSize())
                .filter(size -> size == 0)
                .repeatWhenEmpty(none -> none.delayElements(Duration.ofMillis(5)))
                .block(PATIENCE);
    }
}
