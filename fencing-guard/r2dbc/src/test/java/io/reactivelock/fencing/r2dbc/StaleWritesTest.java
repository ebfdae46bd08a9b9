package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcException;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.testservers.PostgresExtension;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Holders that follow each other, each with a transaction that is still open when the next one comes, and with a storm of writes
 * after it. The log has the order of the writes: in it tokens must never fall, and no write may have read what another one has
 * replaced.
 */
@Tag("long")
@Timeout(value = 20, unit = TimeUnit.MINUTES) // tens of thousands of writes, on a busy machine
class StaleWritesTest {
    private static final Duration LONG = Duration.ofMinutes(15);
    private static final List<String> ISOLATION = List.of("read committed", "repeatable read", "serializable");
    private static final int LANES = 4;
    private static final int BATCH = 100;
    private static final String READ = "SELECT seq FROM balance WHERE resource = $1";
    private static final String WRITE = "WITH moved AS (UPDATE balance SET seq = $2 + 1 WHERE resource = $1)"
            + " INSERT INTO log (resource, seq, previous, token) VALUES ($1, $2 + 1, $2, $3)";
    private static final String STALE_WRITE = "INSERT INTO log (resource, seq, token) VALUES ($1, $2, $3)";

    /** The other form: the fence is a condition of the statement. */
    private static final String STALE_UPDATE = "UPDATE touched SET token = $2 WHERE resource = $1";

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static final PostgresFence FENCE = PostgresFence.create(FencingGuardOptions.defaults());

    private final Database database = Database.create(POSTGRES.server());
    private final List<ConnectionPool> pools = Flux.fromIterable(ISOLATION)
            .map(level ->
                    Database.pool(new Fixed(database.factory(), "default_transaction_isolation", level), 2 * LANES))
            .collectList()
            .blockOptional()
            .orElseThrow();
    private final List<R2dbcFencingGuard> guards =
            pools.stream().map(R2dbcFencingGuard::create).toList();
    private final LongAdder tried = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder retryable = new LongAdder();
    private final LongAdder written = new LongAdder();

    @AfterEach
    void close() {
        Flux.fromIterable(pools).concatMap(ConnectionPool::close).then().block(LONG);
    }

    @Test
    void noStaleWriteIsAccepted() { // E1, E2, E4, E7
        database.execute("CREATE TABLE touched (resource text PRIMARY KEY, token bigint)");
        createLoop();

        run(40, 7);

        System.out.printf(
                "stale writes: %,d tried, %,d refused, %,d told to retry, 0 accepted; %,d writes of current holders%n",
                tried.sum(), refused.sum(), retryable.sum(), written.sum());
        assertThat(tried.sum()).isGreaterThanOrEqualTo(100_000);
        assertThat(refused.sum() + retryable.sum()).isEqualTo(tried.sum());
        assertThat(written.sum()).isGreaterThan(100);
        assertThat(database.number("SELECT count(*) FROM log")).isGreaterThanOrEqualTo(written.sum());
        assertThat(database.number("SELECT count(*) FROM touched WHERE token > 0"))
                .isZero();
        assertThat(fallen()).isZero();
        assertThat(lost()).isZero();
    }

    @Test
    void withoutTheRowLockSomeAre() { // E1: the control
        String unlocked = FENCE.createSchema()
                .sql()
                .replace("FOR UPDATE", "")
                .replace(" AND fence.xmax = pg_current_xact_id_if_assigned()::xid", "");
        database.execute(unlocked);

        run(40, 0);

        assertThat(fallen() + lost()).isPositive();
    }

    private void run(int rounds, int tries) {
        Flux.range(0, LANES).flatMap(lane -> lane(rounds, tries)).then().block(LONG);
    }

    private Mono<Void> lane(int rounds, int tries) {
        String resource = Database.resource();
        database.execute("INSERT INTO balance VALUES ('" + resource + "', 0, 0)");
        if (tries > 0) {
            database.execute("INSERT INTO touched VALUES ('" + resource + "', 0)");
        }
        FencingToken zero = token(1);
        return guards.get(0)
                .advance(resource, zero)
                .thenMany(Flux.range(1, rounds)
                        .scan(zero, (earlier, round) -> token(earlier.value() + 1 + round % 3))
                        .buffer(2, 1)
                        .filter(pair -> pair.size() == 2)
                        .concatMap(pair -> round(resource, pair.get(0), pair.get(1), tries)))
                .then();
    }

    /** The earlier holder has checked and goes on while the later one advances, reads and writes; then it never stops. */
    private Mono<Void> round(String resource, FencingToken earlier, FencingToken later, int tries) {
        Mono<Void> crossing = transaction(
                (int) (earlier.value() % ISOLATION.size()),
                connection -> guards.get(0)
                        .check(connection, resource, earlier)
                        .then(Mono.defer(() -> Mono.when(
                                readAndWrite(connection, resource, earlier)
                                        .then(Mono.from(connection.commitTransaction()))
                                        .doOnSuccess(done -> written.increment())
                                        .onErrorResume(this::isRetryable),
                                takeOver(resource, later)))));
        return crossing.then(Mono.when(storm(resource, earlier, tries), takeOver(resource, later)));
    }

    private Mono<Void> takeOver(String resource, FencingToken later) {
        int level = (int) (later.value() % ISOLATION.size());
        R2dbcFencingGuard guard = guards.get(level);
        Mono<Void> write = guard.<Void>write(resource, later, connection -> readAndWrite(connection, resource, later))
                .doOnSuccess(done -> written.increment())
                .onErrorResume(this::isRetryable);
        return guard.advance(resource, later)
                .retryWhen(Retry.indefinitely()
                        .filter(e -> e instanceof FencingGuardException failed && failed.isTransient()))
                .then(write);
    }

    /** Some tries come by the guard's methods, and most from a loop on the server, with the same SQL, to be many. */
    private Mono<Void> storm(String resource, FencingToken stale, int tries) {
        Flux<Mono<Void>> looped = Flux.range(0, tries)
                .map(i -> pools.get(i % ISOLATION.size()))
                .map(pool -> Mono.usingWhen(
                        pool.create(), connection -> loop(connection, resource, stale), Connection::close));
        Flux<Mono<Void>> single = Flux.range(0, 2 * tries)
                .map(i -> guards.get(i % ISOLATION.size()))
                .flatMap(guard -> Flux.just(
                        guard.write(resource, stale, it -> readAndWrite(it, resource, stale)),
                        guard.update(
                                resource,
                                stale,
                                STALE_WRITE,
                                it -> it.bind("$1", resource).bind("$2", -1L).bind("$3", stale.value())),
                        guard.update(
                                resource,
                                stale,
                                STALE_UPDATE,
                                it -> it.bind("$1", resource).bind("$2", stale.value()))))
                .map(one -> one.then().doFirst(tried::increment).onErrorResume(this::isRefused));
        return Flux.concat(looped, single).flatMap(one -> one, 3).then();
    }

    private Mono<Void> loop(Connection connection, String resource, FencingToken stale) {
        return Flux.from(connection
                        .createStatement("SELECT refused, retryable FROM storm($1, $2, $3, $4)")
                        .bind(0, resource)
                        .bind(1, stale.value())
                        .bind(2, stale.holder().toString())
                        .bind(3, BATCH)
                        .execute())
                .concatMap(result -> result.map((row, metadata) -> {
                    tried.add(BATCH);
                    refused.add(Objects.requireNonNull(row.get(0, Integer.class)));
                    retryable.add(Objects.requireNonNull(row.get(1, Integer.class)));
                    return row;
                }))
                .then();
    }

    private static String inLoop(String sql) {
        return FENCE.update("order:1", token(1), sql)
                .sql()
                .replace("$1", "p_resource")
                .replace("$2", "p_token")
                .replace("$3", "p_holder");
    }

    /** Each try in a block of its own, by turns with the check and with both forms of the fenced statement. */
    private void createLoop() {
        String insert = inLoop("INSERT INTO log (resource, seq, token) VALUES (p_resource, -1, p_token)");
        String update = inLoop("UPDATE touched SET token = p_token WHERE resource = p_resource");
        database.execute("""
                CREATE FUNCTION storm(p_resource text, p_token bigint, p_holder text, p_tries int,
                    OUT refused int, OUT retryable int) LANGUAGE plpgsql AS $storm$
                DECLARE
                    v_affected bigint;
                BEGIN
                    refused := 0;
                    retryable := 0;
                    FOR i IN 1..p_tries LOOP
                        BEGIN
                            IF i %% 3 = 0 THEN
                                PERFORM fencing_guard_check(p_resource, p_token, p_holder, 5000, 30000);
                                INSERT INTO log (resource, seq, token) VALUES (p_resource, -1, p_token);
                            ELSIF i %% 3 = 1 THEN
                                %s INTO v_affected;
                            ELSE
                                %s;
                            END IF;
                        EXCEPTION
                            WHEN SQLSTATE 'FG001' THEN refused := refused + 1;
                            WHEN serialization_failure OR deadlock_detected OR lock_not_available
                                THEN retryable := retryable + 1;
                        END;
                    END LOOP;
                END
                $storm$
                """.formatted(insert, update));
    }

    private Mono<Void> isRefused(Throwable error) {
        if (error instanceof StaleTokenException) {
            refused.increment();
            return Mono.empty();
        }
        return error instanceof FencingGuardException retry && retry.isTransient()
                ? Mono.fromRunnable(retryable::increment)
                : Mono.error(error);
    }

    /** Above READ COMMITTED the current holder's own writes may have to be repeated; nothing is lost by that here. */
    private Mono<Void> isRetryable(Throwable error) {
        boolean serialisation = error instanceof R2dbcException sql && "40001".equals(sql.getSqlState());
        boolean told = error instanceof FencingGuardException retry && retry.isTransient();
        return serialisation || told || error instanceof StaleTokenException ? Mono.empty() : Mono.error(error);
    }

    private static Mono<Void> readAndWrite(Connection connection, String resource, FencingToken token) {
        return Flux.from(connection.createStatement(READ).bind(0, resource).execute())
                .concatMap(result -> result.map((row, metadata) -> row.get(0, Long.class)))
                .single()
                .flatMapMany(seq -> connection
                        .createStatement(WRITE)
                        .bind(0, resource)
                        .bind(1, seq)
                        .bind(2, token.value())
                        .execute())
                .concatMap(result -> result.getRowsUpdated())
                .then();
    }

    private Mono<Void> transaction(int level, Function<Connection, Mono<Void>> work) {
        return Mono.usingWhen(
                pools.get(level).create(),
                connection -> Mono.from(connection.beginTransaction()).then(work.apply(connection)),
                Connection::close);
    }

    private long fallen() {
        return database.number("SELECT count(*) FROM (SELECT token < lag(token) OVER"
                + " (PARTITION BY resource ORDER BY seq, ctid) AS fell FROM log) AS steps WHERE fell");
    }

    private long lost() {
        return database.number("SELECT count(*) - count(DISTINCT (resource, seq)) FROM log");
    }
}
