package io.reactivelock.chaos;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/** What all that a worker does in one span has in common. Safe for use by several threads. */
final class Run {
    private static final Duration AFTER_FAILURE = Duration.ofMillis(30);

    private final Servers servers;
    private final History history;
    private final int span;
    private final RandomGenerator random;
    private final AtomicLong ops;
    private final Tokens tokens = new Tokens();
    private volatile boolean ending;

    /**
     * @param random safe for use by several threads
     * @param ops the names of this process's writes
     */
    Run(Servers servers, History history, int span, RandomGenerator random, AtomicLong ops) {
        this.servers = servers;
        this.history = history;
        this.span = span;
        this.random = random;
        this.ops = ops;
    }

    Servers servers() {
        return servers;
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

    /** Nothing new is to be begun. */
    void end() {
        ending = true;
    }

    /** Gives a lease back. Where the outcome is unknown, the lock ends with its lease time. */
    Mono<Void> release(Lease lease) {
        return lease.release()
                .doOnNext(released -> history.count(Counter.RELEASES))
                .onErrorComplete(LockBackendException.class)
                .then();
    }

    /** Goes on a little later; says so aloud where no fault explains the failure. */
    Mono<Void> failed(Throwable failure) {
        if (!Failures.isExpected(failure)) {
            history.count(Counter.UNEXPECTED);
            failure.printStackTrace();
        }
        return Mono.delay(AFTER_FAILURE).then();
    }
}
