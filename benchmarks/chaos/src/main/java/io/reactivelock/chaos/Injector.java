package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.Fault;
import io.reactivelock.chaos.fault.RelaxedGuarantee;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Injects one fault after another, several at a time, in an order that follows from the seed. A kind that takes long has a longer
 * rest, so that servers are up for most of the time; stops of workers have a pace of their own.
 */
final class Injector {
    private static final Duration INTERVAL = Duration.ofMillis(250);
    private static final Duration PAUSE_INTERVAL = Duration.ofSeconds(5);
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final int AT_ONCE = 8;
    /** How often another fault is tried in place of one that could not be done. */
    private static final int TRIES = 5;

    /** A fault that takes no longer takes little from the workers. */
    private static final Duration QUICK = Duration.ofMillis(250);

    private static final Duration SHORTEST_REST = Duration.ofMillis(500);
    private static final int REST_OF_TIME = 40;

    private final List<Fault> faults;
    private final RandomGenerator random;
    private final Consumer<Injected> injected;
    /** Until when a kind rests, on the clock of {@code System.nanoTime()}; while it is in force, far away. */
    private final Map<String, Long> rests = new ConcurrentHashMap<>();

    Injector(List<Fault> faults, long seed, Consumer<Injected> injected) {
        this.faults = List.copyOf(faults);
        this.random = new Random(seed);
        this.injected = injected;
    }

    /** Completes when the time is over and all is healed. */
    Mono<Void> injectFor(Duration time, FaultProfile profile) {
        List<Fault> others = faults.stream()
                .filter(fault -> profile.relaxed().containsAll(fault.relaxed()) && !isPause(fault))
                .toList();
        List<Fault> pauses = faults.stream()
                .filter(fault -> profile.relaxed().containsAll(fault.relaxed()) && isPause(fault))
                .toList();
        return Mono.when(inject(others, INTERVAL, time), inject(pauses, PAUSE_INTERVAL, time));
    }

    private static boolean isPause(Fault fault) {
        return fault.relaxed().equals(Set.of(RelaxedGuarantee.PROMPT_HOLDERS));
    }

    private Mono<Void> inject(List<Fault> kinds, Duration interval, Duration time) {
        return Flux.interval(FIRST, interval)
                .onBackpressureDrop()
                .take(time)
                .flatMap(tick -> injectOne(kinds, TRIES), AT_ONCE)
                .then();
    }

    private Mono<Void> injectOne(List<Fault> kinds, int tries) {
        long now = System.nanoTime();
        List<Fault> rested = kinds.stream()
                .filter(fault -> rests.getOrDefault(fault.kind(), now) - now <= 0)
                .toList();
        if (rested.isEmpty() || tries == 0) {
            return Mono.empty();
        }
        Fault fault = rested.get(random.nextInt(rested.size()));
        RandomGenerator choices = new Random(random.nextLong());
        rests.put(fault.kind(), now + Duration.ofDays(1).toNanos());
        return fault.inject(choices)
                .then(Mono.fromRunnable(() -> ended(fault, now, null)))
                .then()
                .onErrorResume(failure -> {
                    ended(fault, now, failure.toString());
                    return injectOne(kinds, tries - 1);
                });
    }

    private void ended(Fault fault, long from, @Nullable String trouble) {
        long now = System.nanoTime();
        long rest = SHORTEST_REST.toNanos() + Math.max(0, now - from - QUICK.toNanos()) * REST_OF_TIME;
        rests.put(fault.kind(), isPause(fault) ? now : now + rest);
        injected.accept(new Injected(fault.kind(), from, now, trouble));
    }
}
