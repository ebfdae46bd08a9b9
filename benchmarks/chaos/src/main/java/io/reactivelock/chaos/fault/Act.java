package io.reactivelock.chaos.fault;

import java.time.Duration;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/** A fault by what it does. */
record Act(String kind, Set<RelaxedGuarantee> relaxed, Function<RandomGenerator, Mono<Void>> act) implements Fault {
    /** No fault takes so long, unless something is broken. */
    private static final Duration BOUND = Duration.ofSeconds(60);

    static Fault of(String kind, Function<RandomGenerator, Mono<Void>> act) {
        return new Act(kind, Set.of(), act);
    }

    static Fault of(String kind, Set<RelaxedGuarantee> relaxed, Function<RandomGenerator, Mono<Void>> act) {
        return new Act(kind, relaxed, act);
    }

    @Override
    public Mono<Void> inject(RandomGenerator random) {
        return Mono.defer(() -> act.apply(random))
                .timeout(BOUND, Mono.error(() -> new IllegalStateException(kind + " took more than " + BOUND)));
    }

    @Override
    public String toString() {
        return kind;
    }

    /** Harms for a time; heals however that ends, also where it is not known whether the harm was done. */
    static Mono<Void> during(Duration time, Mono<?> harm, Mono<?> heal) {
        return Mono.usingWhen(
                Mono.just(time), span -> harm.then(Mono.delay(span)).then(), span -> heal);
    }

    /** A time between the two, both included. */
    static Duration between(RandomGenerator random, long minMillis, long maxMillis) {
        return Duration.ofMillis(random.nextLong(minMillis, maxMillis + 1));
    }
}
