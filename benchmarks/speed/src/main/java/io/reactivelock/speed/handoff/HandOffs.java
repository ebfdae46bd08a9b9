package io.reactivelock.speed.handoff;

import io.reactivelock.speed.subject.MeasuredLock;
import io.reactivelock.speed.subject.MeasuredLock.HeldLock;
import io.reactivelock.speed.subject.Subject;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;
import reactor.core.publisher.Mono;

/**
 * Two clients with connections of their own pass one lock to and fro. While one holds it, the other one asks for it and comes to
 * rest in its wait; then the first one releases it. What is timed is the span from the call of the release to the grant, on the
 * clock of the one JVM that both are in.
 */
final class HandOffs implements AutoCloseable {
    /** Far longer than it takes to ask. */
    private static final Duration AT_REST = Duration.ofMillis(3);

    private static final long HIGHEST_NANOS = Duration.ofMinutes(2).toNanos();

    private final Histogram nanos = new Histogram(HIGHEST_NANOS, 3);
    private final String name;
    private final MeasuredLock first;
    private final MeasuredLock second;

    HandOffs(Subject subject, String redis) {
        this.name = "handed:" + subject;
        this.first = subject.open(redis);
        this.second = subject.open(redis);
    }

    /** Hands the lock over so often, and keeps how long each time took. */
    void time(int times) {
        HeldLock held = Objects.requireNonNull(first.acquire(name).block());
        for (int i = 0; i < times; i++) {
            held = handOver(held, i % 2 == 0 ? second : first);
        }
        held.release().block();
    }

    private HeldLock handOver(HeldLock held, MeasuredLock next) {
        CompletableFuture<Long> granted = new CompletableFuture<>();
        CompletableFuture<HeldLock> waiting = next.acquire(name)
                .doOnNext(got -> granted.complete(System.nanoTime()))
                .toFuture();
        Mono.delay(AT_REST).block();
        long released = System.nanoTime();
        held.release().block();
        HeldLock got = waiting.join();
        nanos.recordValue(granted.join() - released);
        return got;
    }

    void forget() {
        nanos.reset();
    }

    double micros(double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1_000.0;
    }

    @Override
    public void close() {
        first.close();
        second.close();
    }
}
