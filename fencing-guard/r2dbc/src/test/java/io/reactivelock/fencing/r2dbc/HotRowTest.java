package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.Database.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.testservers.PostgresExtension;
import java.time.Duration;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a fence row costs when everybody writes to its resource. Prints writes per second; the build asserts only what does not depend
 * on the machine. For figures, run it alone, and longer:
 *
 * <pre>{@code
 * ./mvnw -pl fencing-guard -am test -Dtest=HotRowTest -Dsurefire.failIfNoSpecifiedTests=false -Dhotrow.writes=19200
 * }</pre>
 */
@Tag("long")
class HotRowTest {
    private static final int MOST_WRITERS = 64;
    /** The same number for each writer, however many they are. */
    private static final int WRITES = Integer.getInteger("hotrow.writes", 320) / MOST_WRITERS * MOST_WRITERS;

    private static final int ADVANCES = 5_000;
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final String ADD = "UPDATE balance SET amount = amount + 1 WHERE resource = $1";

    private static final String STATISTICS = " FROM pg_stat_user_tables WHERE relid = 'fencing_guard'::regclass";

    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final Database database = Database.create(POSTGRES.server());
    private final FencingToken token = token(33);

    @Test
    void writesLockTheRowAndNeverWriteIt() { // E16
        System.out.printf(
                "hot row, writes per second: %9s %9s %9s %9s%n", "unfenced", "fenced", "enforced", "own rows");
        for (int writers : new int[] {1, 8, MOST_WRITERS}) {
            System.out.printf("%27d", writers);
            ConnectionPool pool = Database.pool(database.factory(), writers);
            R2dbcFencingGuard guard = R2dbcFencingGuard.create(
                    pool,
                    FencingGuardOptions.defaults()
                            .replyTimeout(LONG.multipliedBy(2))
                            .lockTimeout(LONG));
            prepare(guard, "hot");
            Flux.range(0, writers)
                    .map(lane -> "own" + lane)
                    .doOnNext(own -> prepare(guard, own))
                    .blockLast(LONG);

            measure(
                    writers,
                    lane -> Mono.usingWhen(
                            pool.create(),
                            connection -> Flux.from(connection
                                            .createStatement(ADD)
                                            .bind(0, "hot")
                                            .execute())
                                    .flatMap(result -> result.getRowsUpdated())
                                    .then(),
                            Connection::close));
            measure(writers, lane -> update(guard, "hot"));
            guard.enforce("balance", "resource").block(PATIENCE);
            measure(writers, lane -> update(guard, "hot"));
            guard.lift("balance").block(PATIENCE);
            measure(writers, lane -> update(guard, "own" + lane));
            System.out.println();
            pool.close().block(PATIENCE);
        }

        assertThat(database.number("SELECT amount FROM balance WHERE resource = 'hot'"))
                .isEqualTo(9L * WRITES);
        // each row is as its first advance left it: repeated advances of the same token aside, nothing wrote to it; and
        // the floor
        database.await("SELECT (n_tup_ins = 66)::int::bigint" + STATISTICS, 1);
        assertThat(statistic("n_tup_upd")).isEqualTo(11);
    }

    @Test
    void advancesWriteItInPlace() { // E16
        database.execute("DO $$ BEGIN FOR i IN 1.." + ADVANCES + " LOOP"
                + " PERFORM fencing_guard_advance('hot', i, repeat('a', 32), 5000); COMMIT; END LOOP; END $$");

        database.await("SELECT (n_tup_upd >= " + (ADVANCES - 1) + ")::int::bigint" + STATISTICS, 1);
        long hot = 100 * statistic("n_tup_hot_upd") / statistic("n_tup_upd");
        long bytes = database.number("SELECT pg_table_size('fencing_guard')");
        System.out.printf(
                "hot row, %,d advances: %d %% in place, %,d dead rows, table of %,d bytes%n",
                ADVANCES, hot, statistic("n_dead_tup"), bytes);
        assertThat(hot).isGreaterThan(95);
        assertThat(bytes).isLessThan(20 * 8_192);
    }

    private long statistic(String column) {
        return database.number("SELECT " + column + STATISTICS);
    }

    private void prepare(R2dbcFencingGuard guard, String resource) {
        guard.advance(resource, token).block(PATIENCE);
        database.execute("INSERT INTO balance VALUES ('" + resource + "', 0, 0) ON CONFLICT DO NOTHING");
    }

    private Mono<Void> update(R2dbcFencingGuard guard, String resource) {
        return guard.update(resource, token, ADD, it -> it.bind("$1", resource)).then();
    }

    private static void measure(int writers, IntFunction<Mono<Void>> write) {
        long start = System.nanoTime();
        Flux.range(0, writers)
                .flatMap(lane -> write.apply(lane).repeat(WRITES / writers - 1), writers)
                .then()
                .block(LONG);
        System.out.printf(" %9.0f", WRITES / ((System.nanoTime() - start) / 1e9));
    }
}
