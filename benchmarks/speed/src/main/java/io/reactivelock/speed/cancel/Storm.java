package io.reactivelock.speed.cancel;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes locks, 256 at a time, and cancels each at a random moment within twice the time that it takes on the average: before its
 * request was sent, while it waits, together with the grant, while the lock is held for up to 1 ms, during the release. Half of them
 * share 64 names, the others are alone with theirs. What was done before its cancel does not count.
 */
final class Storm {
    private static final int AT_A_TIME = 256;
    private static final int HOT_NAMES = 64;
    private static final int COLD_NAMES = 10_000;
    private static final int HELD_MICROS = 1_000;
    private static final int CALM = 4_000;
    private static final int AFTER = 20;

    private final BiFunction<String, Duration, Mono<?>> form;
    private final long withinNanos;

    /**
     * Takes locks without a cancel for a while, to see how long it takes.
     *
     * @param form takes a lock by its name, keeps it for a time, and gives it back
     */
    Storm(BiFunction<String, Duration, Mono<?>> form) {
        this.form = form;
        take(CALM, AT_A_TIME);
        long begun = System.nanoTime();
        take(CALM, AT_A_TIME);
        this.withinNanos = 2 * AT_A_TIME * (System.nanoTime() - begun) / CALM;
    }

    /** Takes some locks, one after the other, without a cancel. Blocks until all are given back. */
    void calm() {
        take(AFTER, 1);
    }

    private void take(int cycles, int atATime) {
        Flux.range(0, cycles).flatMap(this::take, atATime).blockLast();
    }

    /** Blocks until so many were cancelled. */
    void cancel(int cancels) {
        AtomicInteger left = new AtomicInteger(cancels);
        Flux.range(0, Integer.MAX_VALUE)
                .takeWhile(i -> left.get() > 0)
                .flatMap(
                        i -> take(i).doOnCancel(left::decrementAndGet).takeUntilOther(Mono.delay(random(withinNanos))),
                        AT_A_TIME)
                .blockLast();
    }

    private Mono<?> take(int number) {
        String name = number % 2 == 0 ? "hot:" + number / 2 % HOT_NAMES : "cold:" + number / 2 % COLD_NAMES;
        return form.apply(name, random(1_000L * HELD_MICROS));
    }

    private static Duration random(long nanos) {
        return Duration.ofNanos(ThreadLocalRandom.current().nextLong(nanos));
    }
}
