package io.reactivelock.testkit;

import io.reactivelock.LockClientOptions;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The time that a contract runs on: that of a real server, or one that the test drives. */
public interface ContractTime {
    /** Returns the clock, and what runs delays. */
    Scheduler scheduler();

    /** Returns the options of a client on this time, otherwise the defaults. */
    LockClientOptions options();

    /**
     * Waits for the value. On a virtual time, makes time pass meanwhile.
     *
     * @param value what to wait for; its error is thrown
     * @param <T> type of the value
     * @return the value
     * @throws NoSuchElementException if it completes empty
     * @throws IllegalStateException if it does not end within half a minute
     */
    <T> T await(Mono<T> value);

    /** Returns the current moment of the clock in nanoseconds. */
    default long nanos() {
        return scheduler().now(TimeUnit.NANOSECONDS);
    }

    /** Returns the time of a real server and of clients with default threads. */
    static ContractTime real() {
        return new ContractTime() {
            @Override
            public Scheduler scheduler() {
                return Schedulers.parallel();
            }

            @Override
            public LockClientOptions options() {
                return LockClientOptions.defaults();
            }

            @Override
            public <T> T await(Mono<T> value) {
                T result = value.block(Duration.ofSeconds(30));
                if (result == null) {
                    throw new NoSuchElementException("it completed empty");
                }
                return result;
            }
        };
    }

    /**
     * Returns a time that passes only while a test waits.
     *
     * @param scheduler also the server's clock
     */
    static ContractTime virtual(VirtualTimeScheduler scheduler) {
        return new ContractTime() {
            @Override
            public Scheduler scheduler() {
                return scheduler;
            }

            @Override
            public LockClientOptions options() {
                return LockClientOptions.defaults().scheduler(scheduler);
            }

            @Override
            public <T> T await(Mono<T> value) {
                CompletableFuture<T> result = value.toFuture();
                for (int millis = 0; !result.isDone() && millis < 30_000; millis++) {
                    scheduler.advanceTimeBy(Duration.ofMillis(1));
                }
                if (!result.isDone()) {
                    throw new IllegalStateException("nothing within 30 s of virtual time");
                }
                try {
                    T outcome = result.join();
                    if (outcome == null) {
                        throw new NoSuchElementException("it completed empty");
                    }
                    return outcome;
                } catch (CompletionException e) {
                    throw e.getCause() instanceof RuntimeException cause ? cause : e;
                }
            }
        };
    }
}
