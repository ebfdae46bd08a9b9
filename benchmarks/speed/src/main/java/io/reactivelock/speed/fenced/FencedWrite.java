package io.reactivelock.speed.fenced;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.speed.harness.Jmh;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Updates rows by their key, one statement each, every row guarded by a resource of its own that has been advanced. With one
 * connection one write is in flight, with eight there are eight, on different rows. An operation is a write.
 *
 * <p>Run with {@code benchmarks/speed/run --only fenced}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class FencedWrite {
    private static final int FEW = 512;
    private static final int MANY = 2_048;

    /** How rows are written. */
    @Param
    @SuppressWarnings("NullAway.Init") // JMH sets it
    public WriteForm form;

    @SuppressWarnings("NullAway.Init") // opened before the first invocation
    private ConnectionPool pool;

    @SuppressWarnings("NullAway.Init") // the same
    private WriteForm.Writes writes;

    /** Creates and fills the tables anew. */
    @Setup
    public void open() {
        pool = new ConnectionPool(ConnectionPoolConfiguration.builder(ConnectionFactories.get(Jmh.server()))
                .initialSize(8)
                .maxSize(8)
                .build());
        R2dbcFencingGuard guard = R2dbcFencingGuard.create(pool);
        guard.createSchema()
                .then(execute("DROP TABLE IF EXISTS account"))
                .then(execute("CREATE TABLE account (id int PRIMARY KEY, amount bigint NOT NULL)"))
                .then(execute(
                        "INSERT INTO account SELECT id, 0 FROM generate_series(0, " + (WriteForm.ROWS - 1) + ") AS id"))
                .thenMany(Flux.range(0, WriteForm.ROWS)
                        .concatMap(row -> guard.advance(WriteForm.resource(row), WriteForm.TOKEN)))
                .then(guard.fenceRows(WriteForm.IN_ROWS))
                .then(execute("UPDATE account SET fence = " + WriteForm.TOKEN.value() + ", fence_holder = '"
                        + WriteForm.TOKEN.holder() + "'"))
                .then(execute("VACUUM ANALYZE"))
                .block();
        writes = form.open(pool, Jmh.server());
    }

    private Mono<Void> execute(String sql) {
        return Mono.usingWhen(
                pool.create(),
                connection -> Mono.from(connection.createStatement(sql).execute())
                        .flatMap(result -> Mono.from(result.getRowsUpdated()))
                        .then(),
                Connection::close);
    }

    /** Closes the connections. */
    @TearDown
    public void close() {
        writes.close();
        pool.close().block();
    }

    /** One after the other. */
    @Benchmark
    @OperationsPerInvocation(FEW)
    public void connections1() {
        writes.run(FEW, 1);
    }

    /** Eight at a time. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public void connections8() {
        writes.run(MANY, 8);
    }
}
