package io.reactivelock.pgguard;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.fencing.r2dbc.Database;
import io.reactivelock.fencing.r2dbc.GuardSession;
import io.reactivelock.fencing.r2dbc.GuardSubject;
import io.reactivelock.fencing.r2dbc.R2dbcSubject;
import io.reactivelock.testservers.PostgresExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Two services sell from one stock, one over R2DBC and one over the Vert.x client. Each takes over from the other again and again,
 * and goes on with every token that it ever had.
 */
@Tag("long")
@Timeout(value = 20, unit = TimeUnit.MINUTES) // tens of thousands of writes, on a busy machine
class VertxFencingFightTest {
    private static final Duration LONG = Duration.ofMinutes(15);
    private static final int CONNECTIONS = 6;
    private static final int STALE_WRITERS = 4;
    private static final int SALES_A_TURN = 5;
    private static final int STALE_TRIES = 20_000;
    private static final int FEW_TRIES = 2_000;
    private static final long START = 1_000_000;
    private static final String READ = "SELECT quantity FROM stock";

    /** What one holder has read, less one. */
    private static final String SELL = "UPDATE stock SET quantity = $1, seq = seq + 1, token = $2, op = $3";

    private static final List<String> TABLES = List.of(
            "CREATE TABLE stock (quantity bigint NOT NULL, seq bigint NOT NULL, token bigint, op bigint)",
            "INSERT INTO stock VALUES (" + START + ", 0)",
            "CREATE TABLE sale (seq bigint NOT NULL, token bigint NOT NULL, op bigint UNIQUE)",
            "CREATE FUNCTION log_sale() RETURNS trigger LANGUAGE plpgsql AS"
                    + " 'BEGIN INSERT INTO sale VALUES (NEW.seq, NEW.token, NEW.op); RETURN NULL; END'",
            "CREATE TRIGGER log_sale AFTER UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION log_sale()");

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final VertxFencingMetrics metrics = new VertxFencingMetrics();
    private final Database database = Database.create(POSTGRES.server());
    private final GuardSubject r2dbc = open(R2dbcSubject::open);
    private final GuardSubject vertx = open(VertxFencingSubject.driver(metrics));
    private final String resource = Database.resource();
    private final AtomicLong tokens = new AtomicLong();
    private final AtomicLong highest = new AtomicLong();
    private final AtomicLong ops = new AtomicLong();
    private final LongAdder tried = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder retryable = new LongAdder();
    private final LongAdder accepted = new LongAdder();
    private final LongAdder acknowledged = new LongAdder();

    /** How a service writes. */
    private interface Writes {
        Mono<?> inOneStatement(GuardSubject by, FencingToken token, String sql, Object... parameters);

        Mono<?> inTransaction(GuardSubject by, FencingToken token, Function<GuardSession, Mono<Void>> work);
    }

    private final Writes guarded = new Writes() {
        @Override
        public Mono<?> inOneStatement(GuardSubject by, FencingToken token, String sql, Object... parameters) {
            return by.update(resource, token, sql, parameters);
        }

        @Override
        public Mono<?> inTransaction(GuardSubject by, FencingToken token, Function<GuardSession, Mono<Void>> work) {
            return by.write(resource, token, work);
        }
    };

    private final Writes unguarded = new Writes() {
        @Override
        public Mono<?> inOneStatement(GuardSubject by, FencingToken token, String sql, Object... parameters) {
            return Mono.usingWhen(by.borrow(), session -> session.run(sql, parameters), GuardSession::close);
        }

        @Override
        public Mono<?> inTransaction(GuardSubject by, FencingToken token, Function<GuardSession, Mono<Void>> work) {
            return Mono.usingWhen(
                    by.borrow(),
                    session -> session.begin().then(work.apply(session)).then(Mono.defer(session::commit)),
                    GuardSession::close);
        }
    };

    @AfterEach
    void close() {
        Mono.whenDelayError(r2dbc.close(), vertx.close()).block(PATIENCE);
        metrics.vertx().close().await();
    }

    @Test
    void noStaleWriteIsAcceptedAndNoSaleIsLost() { // E1, E2
        fight(guarded, STALE_TRIES);

        assertThat(accepted.sum()).isZero();
        assertThat(refused.sum() + retryable.sum()).isEqualTo(tried.sum()).isGreaterThanOrEqualTo(20_000);
        assertThat(acknowledged.sum()).isGreaterThan(100);
        assertThat(database.number("SELECT count(*) FROM sale")).isEqualTo(acknowledged.sum());
        assertThat(lost()).isZero();
        assertThat(fallen()).isZero();
    }

    @Test
    void withoutTheGuardStaleWritesAreAcceptedAndSalesAreLost() { // E1: the control
        fight(unguarded, FEW_TRIES);

        assertThat(accepted.sum()).isPositive();
        assertThat(lost()).isPositive();
        assertThat(fallen()).isPositive();
    }

    private void fight(Writes writes, int tries) {
        TABLES.forEach(database::execute);
        r2dbc.advance(resource, token()).block(PATIENCE);

        Flux.merge(service(r2dbc, writes, tries / 2), service(vertx, writes, tries / 2))
                .blockLast(LONG);

        System.out.printf(
                "two services, %s: %,d stale writes tried, %,d refused, %,d told to retry, %,d accepted;"
                        + " %,d sales acknowledged, %,d lost%n",
                writes == guarded ? "guarded" : "unguarded",
                tried.sum(),
                refused.sum(),
                retryable.sum(),
                accepted.sum(),
                acknowledged.sum(),
                lost());
    }

    private Mono<Void> service(GuardSubject service, Writes writes, int tries) {
        List<FencingToken> past = new CopyOnWriteArrayList<>();
        Mono<Void> late = Flux.range(0, tries / STALE_WRITERS)
                .concatMap(i -> stale(service, writes, past))
                .then();
        AtomicBoolean storm = new AtomicBoolean(true);
        return Mono.when(
                Flux.range(0, STALE_WRITERS).flatMap(i -> late, STALE_WRITERS).doOnComplete(() -> storm.set(false)),
                turn(service, writes, past).repeat(storm::get));
    }

    /** Takes over, then reads, computes and writes, until the other one takes over. */
    private Mono<Void> turn(GuardSubject service, Writes writes, List<FencingToken> past) {
        return Mono.defer(() -> {
            FencingToken token = token();
            return service.advance(resource, token)
                    .doOnSuccess(done -> {
                        highest.accumulateAndGet(token.value(), Math::max);
                        past.add(token);
                    })
                    .thenMany(Flux.range(0, SALES_A_TURN)
                            .concatMap(
                                    i -> sell(service, writes, token, i).doOnSuccess(sold -> acknowledged.increment())))
                    .then()
                    .onErrorResume(VertxFencingFightTest::isOver);
        });
    }

    private Mono<?> sell(GuardSubject service, Writes writes, FencingToken token, int i) {
        if (i % 2 == 0) {
            return writes.inTransaction(
                    service,
                    token,
                    session -> session.number(READ)
                            .flatMap(
                                    quantity -> session.run(SELL, quantity - 1, token.value(), ops.incrementAndGet())));
        }
        // as applications do: what is read is written later, by another connection
        return Mono.usingWhen(service.borrow(), session -> session.number(READ), GuardSession::close)
                .flatMap(quantity -> writes.inOneStatement(
                        service, token, SELL, quantity - 1, token.value(), ops.incrementAndGet()));
    }

    /** With a token below one whose advance is known to be committed. */
    private Mono<Void> stale(GuardSubject service, Writes writes, List<FencingToken> past) {
        return Mono.defer(() -> {
            long now = highest.get();
            List<FencingToken> overtaken =
                    past.stream().filter(token -> token.value() < now).toList();
            if (overtaken.isEmpty()) {
                return Mono.delay(Duration.ofMillis(1)).then(stale(service, writes, past));
            }
            ThreadLocalRandom random = ThreadLocalRandom.current();
            tried.increment();
            return sell(service, writes, overtaken.get(random.nextInt(overtaken.size())), random.nextInt(2))
                    .doOnSuccess(sold -> accepted.increment())
                    .then()
                    .onErrorResume(this::isRefused);
        });
    }

    private Mono<Void> isRefused(Throwable error) {
        if (error instanceof StaleTokenException) {
            refused.increment();
            return Mono.empty();
        }
        return isOver(error).doOnSuccess(nothing -> retryable.increment());
    }

    /** The other one took over, or both met. */
    private static Mono<Void> isOver(Throwable error) {
        boolean retry = error instanceof FencingGuardException failed && failed.isTransient();
        return retry || error instanceof StaleTokenException ? Mono.empty() : Mono.error(error);
    }

    private FencingToken token() {
        return Database.token(tokens.incrementAndGet());
    }

    private long fallen() {
        return database.number("SELECT count(*) FROM (SELECT token < lag(token) OVER (ORDER BY seq) AS fell FROM sale)"
                + " AS steps WHERE fell");
    }

    private long lost() {
        return database.number("SELECT (SELECT count(*) FROM sale) - (" + START + " - quantity) FROM stock");
    }

    private GuardSubject open(GuardSubject.Driver driver) {
        return driver.open(database, POSTGRES.server().host(), POSTGRES.server().port(), CONNECTIONS, Map.of());
    }
}
