package io.reactivelock.speed.adapter;

import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.RedisStats;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The free cycle, in the idiom of each adapter: chains of one event loop, or a merge of cycles. An operation is a cycle.
 *
 * <p>Run with {@code benchmarks/speed/run --only adapter}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class AdapterCycle {
    private static final int FEW = 512;
    private static final int MANY = 64 * 128;

    /** Through what. */
    @Param
    @SuppressWarnings("NullAway.Init") // JMH sets it
    public Adapter adapter;

    @SuppressWarnings("NullAway.Init") // opened before the first invocation
    private Cycles cycles;

    /** Opens the client on an empty server. */
    @Setup
    public void open() {
        try (RedisStats redis = new RedisStats(Jmh.server())) {
            redis.flush();
        }
        cycles = adapter.open(Jmh.server());
    }

    /** Closes the client. */
    @TearDown
    public void close() {
        cycles.close();
    }

    /** One after the other. */
    @Benchmark
    @OperationsPerInvocation(FEW)
    public void inFlight1() {
        cycles.run(FEW, 1);
    }

    /** 64 at a time. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public void inFlight64() {
        cycles.run(MANY, 64);
    }
}
