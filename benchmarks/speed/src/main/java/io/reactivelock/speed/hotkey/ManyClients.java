package io.reactivelock.speed.hotkey;

import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.MeasuredLock;
import io.reactivelock.speed.subject.Subject;
import io.reactivelock.speed.subject.Subjects;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
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
 * 16 clients in one JVM, each with connections of its own and one chain, want one lock, take it, give it back at once, and queue up
 * again. An operation is a cycle of any of them; whoever gets the lock more often does more of them.
 *
 * <p>Run with {@code benchmarks/speed/run --only hot-key}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class ManyClients {
    static final int CLIENTS = 16;
    private static final int CYCLES = 1_600;

    /** How the grants of an iteration were shared out. */
    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class GrantSpread {
        /** Grants of the client that got the fewest. */
        public long fewest;

        /** Grants of the client that got the most. */
        public long most;

        private AtomicIntegerArray ofClients = new AtomicIntegerArray(CLIENTS);

        /** Begins to count again. */
        @Setup(Level.Iteration)
        public void begin() {
            ofClients = new AtomicIntegerArray(CLIENTS);
        }

        private void sum() {
            fewest = IntStream.range(0, CLIENTS).map(ofClients::get).min().orElseThrow();
            most = IntStream.range(0, CLIENTS).map(ofClients::get).max().orElseThrow();
        }
    }

    /** Who takes the lock. */
    @Param
    @SuppressWarnings("NullAway.Init") // JMH sets it
    public Subject subject;

    private List<MeasuredLock> clients = List.of();

    /** Opens the subject's clients on an empty server. */
    @Setup
    public void open() {
        try (RedisStats redis = new RedisStats(Jmh.server())) {
            redis.flush();
        }
        clients = Subjects.open(subject, Jmh.server(), CLIENTS);
    }

    /** Closes all clients. */
    @TearDown
    public void close() {
        Subjects.close(clients);
    }

    /**
     * All of them, until enough cycles are done.
     *
     * @param grants where they are counted
     */
    @Benchmark
    @OperationsPerInvocation(CYCLES)
    public void clients16(GrantSpread grants) {
        AtomicInteger left = new AtomicInteger(CYCLES - CLIENTS);
        Flux.range(0, CLIENTS)
                .flatMap(client -> cycle(client, grants).repeat(() -> left.getAndDecrement() > 0), CLIENTS)
                .blockLast();
        grants.sum();
    }

    private Mono<Void> cycle(int client, GrantSpread grants) {
        return clients.get(client).cycle("hot").doOnSuccess(done -> grants.ofClients.incrementAndGet(client));
    }
}
