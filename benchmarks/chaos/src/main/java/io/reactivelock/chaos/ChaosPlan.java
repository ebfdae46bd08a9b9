package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.ChaosTopology;
import java.time.Duration;
import java.util.List;

/**
 * The options of a run, and the bounds below which it is void.
 *
 * @param time how long the whole run takes, divided evenly among the topologies
 * @param seed of all choices; times are the machine's, so a run is not repeated exactly
 * @param processes how many workers
 * @param topologies how Redis is run, one after the other
 * @param minRate checked operations a second, over the whole run
 * @param minKinds how many kinds of faults
 */
record ChaosPlan(Duration time, long seed, int processes, List<ChaosTopology> topologies, int minRate, int minKinds) {
    private static final int MAX_MINUTES = 24 * 60;
    private static final int MAX_PROCESSES = 32;
    private static final Duration SHORTEST_SPAN = Duration.ofSeconds(8);
    private static final Duration LONGEST_SPAN = Duration.ofSeconds(30);

    ChaosPlan {
        topologies = List.copyOf(topologies);
        require(
                time.compareTo(Duration.ZERO) > 0 && time.toMinutes() <= MAX_MINUTES,
                "--minutes is from 1 to " + MAX_MINUTES + ", not " + time.toMinutes());
        require(
                processes >= 2 && processes <= MAX_PROCESSES,
                "--processes is from 2 to " + MAX_PROCESSES + ", because a stale write needs a rival, not "
                        + processes);
        require(minRate >= 0, "--min-rate is 0 or more, not " + minRate);
        require(minKinds >= 0, "--min-kinds is 0 or more, not " + minKinds);
    }

    private static void require(boolean met, String rule) {
        if (!met) {
            throw new ChaosException(rule + ".");
        }
    }

    Duration timeOfTopology() {
        return time.dividedBy(topologies.size());
    }

    /** Long enough for a worker's pause and what follows, short enough that each topology sees all kinds of spans. */
    Duration timeOfSpan() {
        Duration quarter = timeOfTopology().dividedBy(4);
        if (quarter.compareTo(SHORTEST_SPAN) < 0) {
            return SHORTEST_SPAN;
        }
        return quarter.compareTo(LONGEST_SPAN) > 0 ? LONGEST_SPAN : quarter;
    }
}
