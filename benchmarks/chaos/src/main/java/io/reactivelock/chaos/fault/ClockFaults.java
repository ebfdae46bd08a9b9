package io.reactivelock.chaos.fault;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/** Steps of the wall clock of all Redis servers, and back to the right time. */
final class ClockFaults {
    static final String FORWARD = "redis clock forward";
    static final String BACK = "redis clock back";

    private static final int MAX_STEP_MILLIS = 5_000;

    private ClockFaults() {}

    static List<Fault> of(ClockShim shim, ChaosTopology topology) {
        ExclusiveTarget exclusive = new ExclusiveTarget("the clock of Redis");
        // the nodes of a Cluster take each other for dead by the wall clock
        Set<RelaxedGuarantee> relaxed = topology == ChaosTopology.CLUSTER
                ? Set.of(RelaxedGuarantee.STEADY_CLOCK, RelaxedGuarantee.DURABLE_GRANTS)
                : Set.of(RelaxedGuarantee.STEADY_CLOCK);
        return List.of(
                Act.of(FORWARD, relaxed, random -> exclusive.alone(step(shim, random, step(random)))),
                Act.of(
                        BACK,
                        relaxed,
                        random ->
                                exclusive.alone(step(shim, random, step(random).negated()))));
    }

    private static Mono<Void> step(ClockShim shim, RandomGenerator random, Duration step) {
        return Act.during(
                Act.between(random, 50, 900),
                RedisNodes.blocking(() -> shim.set(step)),
                RedisNodes.blocking(() -> shim.set(Duration.ZERO)));
    }

    private static Duration step(RandomGenerator random) {
        return Act.between(random, 200, MAX_STEP_MILLIS);
    }
}
