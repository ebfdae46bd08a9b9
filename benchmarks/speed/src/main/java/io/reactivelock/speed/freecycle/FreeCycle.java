package io.reactivelock.speed.freecycle;

import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.MeasuredLock;
import io.reactivelock.speed.subject.Subject;
import java.util.List;
import java.util.stream.IntStream;
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

/**
 * One client takes locks that nobody else wants and gives each back at once, with 1, 64 or 1,024 of these cycles in flight. The
 * names go round, so that none is in use twice at a time. An operation is a cycle.
 *
 * <p>Run with {@code benchmarks/speed/run --only free-cycle}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class FreeCycle {
    private static final int NAMES = 8_192;
    private static final int FEW = 512;
    private static final int MANY = 64 * 128;
    private static final int VERY_MANY = 1_024 * 24;

    private final List<String> names =
            IntStream.range(0, NAMES).mapToObj(i -> "free:" + i).toList();

    /** Who takes the locks. */
    @Param
    @SuppressWarnings("NullAway.Init") // JMH sets it
    public Subject subject;

    @SuppressWarnings("NullAway.Init") // opened before the first invocation
    private MeasuredLock locks;

    /** Opens the subject on an empty server. */
    @Setup
    public void open() {
        try (RedisStats redis = new RedisStats(Jmh.server())) {
            redis.flush();
        }
        locks = subject.open(Jmh.server());
    }

    /** Closes the subject. */
    @TearDown
    public void close() {
        locks.close();
    }

    /** One after the other. */
    @Benchmark
    @OperationsPerInvocation(FEW)
    public void inFlight1() {
        cycle(FEW, 1);
    }

    /** 64 at a time. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public void inFlight64() {
        cycle(MANY, 64);
    }

    /** 1,024 at a time. */
    @Benchmark
    @OperationsPerInvocation(VERY_MANY)
    public void inFlight1024() {
        cycle(VERY_MANY, 1_024);
    }

    private void cycle(int cycles, int inFlight) {
        Flux.range(0, cycles)
                .flatMap(i -> locks.cycle(names.get(i % NAMES)), inFlight)
                .blockLast();
    }
}
