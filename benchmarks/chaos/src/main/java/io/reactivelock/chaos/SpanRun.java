package io.reactivelock.chaos;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/** The shared state of one worker in one span. Safe for use by several threads. */
final class SpanRun {
    private static final Duration AFTER_FAILURE = Duration.ofMillis(30);

    private final WorkerClients clients;
    private final History history;
    private final int span;
    private final RandomGenerator random;
    private final AtomicLong ops;
    private final Tokens tokens = new Tokens();
    private volatile boolean ending;

    /**
     * @param random safe for use by several threads
     * @param ops the number of this process's last write
     */
    SpanRun(WorkerClients clients, History history, int span, RandomGenerator random, AtomicLong ops) {
        this.clients = clients;
        this.history = history;
        this.span = span;
        this.random = random;
        this.ops = ops;
    }

    WorkerClients clients() {
        return clients;
    }

    History history() {
        return history;
    }

    int span() {
        return span;
    }

    RandomGenerator random() {
        return random;
    }

    Tokens tokens() {
        return tokens;
    }

    long nextOp() {
        return ops.incrementAndGet();
    }

    boolean isEnding() {
        return ending;
    }

    /** Lets nothing new begin. */
    void end() {
        ending = true;
    }

    /** Releases a lease. If the outcome is unknown, the lock ends with its lease time. */
    Mono<Void> release(Lease lease) {
        return lease.release()
                .doOnNext(released -> history.count(CountedEvent.RELEASES))
                .onErrorComplete(LockBackendException.class)
                .then();
    }

    /** Continues a little later. Prints the failure if no fault explains it. */
    Mono<Void> failed(Throwable failure) {
        if (!ChaosFailures.isExpected(failure)) {
            history.count(CountedEvent.UNEXPECTED);
            failure.printStackTrace();
        }
        return Mono.delay(AFTER_FAILURE).then();
    }
}
