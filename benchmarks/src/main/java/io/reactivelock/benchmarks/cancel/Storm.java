package io.reactivelock.benchmarks.cancel;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes locks, 256 at a time, and cancels each at a random moment within 4 ms of its subscription: before its request was sent,
 * while it waits, together with the grant, while the lock is held for up to 1 ms, during the release. Half of them share 64 names,
 * the others are alone with theirs. What was done before its cancel does not count.
 */
final class Storm {
    private static final int AT_A_TIME = 256;
    private static final int HOT_NAMES = 64;
    private static final int COLD_NAMES = 10_000;
    private static final int CANCELLED_WITHIN_MICROS = 4_000;
    private static final int HELD_MICROS = 1_000;

    private Storm() {}

    /**
     * Blocks until so many were cancelled.
     *
     * @param cancels how many
     * @param form takes a lock by its name, keeps it for a time, and gives it back
     */
    static void run(int cancels, BiFunction<String, Duration, Mono<?>> form) {
        AtomicInteger left = new AtomicInteger(cancels);
        Flux.range(0, Integer.MAX_VALUE)
                .takeWhile(i -> left.get() > 0)
                .flatMap(
                        i -> form.apply(name(i), micros(HELD_MICROS))
                                .doOnCancel(left::decrementAndGet)
                                .takeUntilOther(Mono.delay(micros(CANCELLED_WITHIN_MICROS))),
                        AT_A_TIME)
                .blockLast();
    }

    private static String name(int number) {
        return number % 2 == 0 ? "hot:" + number / 2 % HOT_NAMES : "cold:" + number / 2 % COLD_NAMES;
    }

    private static Duration micros(int bound) {
        return Duration.ofNanos(1_000L * ThreadLocalRandom.current().nextInt(bound));
    }
}
