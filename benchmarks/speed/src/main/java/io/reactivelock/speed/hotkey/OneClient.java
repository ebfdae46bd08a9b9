package io.reactivelock.speed.hotkey;

import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.MeasuredLock;
import io.reactivelock.speed.subject.Subject;
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
 * 100 chains of one client want one lock, take it, give it back at once, and queue up again. An operation is a cycle.
 *
 * <p>Run with {@code benchmarks/speed/run --only hot-key}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class OneClient {
    private static final int CYCLES = 2_000;
    private static final int WAITERS = 100;

    /** Who takes the lock. */
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

    /** All of them, until enough cycles are done. */
    @Benchmark
    @OperationsPerInvocation(CYCLES)
    public void waiters100() {
        Flux.range(0, CYCLES).flatMap(i -> locks.cycle("hot"), WAITERS).blockLast();
    }
}
