package io.reactivelock.speed.spring;

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
 * The free cycle around work that does nothing. An operation is a cycle.
 *
 * <p>Run with {@code benchmarks/speed/run --only spring}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class LockFormCycle {
    private static final int FEW = 512;

    /** In which form. */
    @Param
    @SuppressWarnings("NullAway.Init") // JMH sets it
    public LockForm form;

    @SuppressWarnings("NullAway.Init") // opened before the first invocation
    private LockForm.Cycles cycles;

    /** Opens the client on an empty server. */
    @Setup
    public void open() {
        try (RedisStats redis = new RedisStats(Jmh.server())) {
            redis.flush();
        }
        cycles = form.open(Jmh.server());
    }

    /** Closes the client. */
    @TearDown
    public void close() {
        cycles.end().run();
    }

    /** One after the other. */
    @Benchmark
    @OperationsPerInvocation(FEW)
    public void inFlight1() {
        cycles.run(FEW, 1);
    }
}
