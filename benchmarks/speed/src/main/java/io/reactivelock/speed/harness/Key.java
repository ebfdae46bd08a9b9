package io.reactivelock.speed.harness;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The values of a run that have a goal. Their names in lower case are the keys of the JSON object. */
public enum Key {
    FREE1_VS_BARE("Free cycle, 1 in flight: cycles per second against bare Lettuce", Goal.AT_LEAST, 0.9),
    FREE1_VS_REDISSON("Free cycle, 1 in flight: cycles per second against Redisson", Goal.AT_LEAST, 1.6),
    FREE64_VS_BARE("Free cycle, 64 in flight: cycles per second against bare Lettuce", Goal.AT_LEAST, 2.0),
    FREE64_VS_REDISSON("Free cycle, 64 in flight: cycles per second against Redisson", Goal.AT_LEAST, 6),
    FREE1024_VS_BARE("Free cycle, 1,024 in flight: cycles per second against bare Lettuce", Goal.AT_LEAST, 3),
    HOT_LOCAL_VS_REDISSON("Hot key, 100 waiters in one client: cycles per second against Redisson", Goal.AT_LEAST, 25),
    HOT_REMOTE_VS_REDISSON(
            "Hot key, 16 clients with one waiter each: cycles per second against Redisson", Goal.AT_LEAST, 3),
    HOT_REMOTE_EVALSHA_PER_HANDOFF("Hot key, 16 clients: script calls for a hand-off", Goal.AT_MOST, 2),
    HOT_REMOTE_FAIRNESS("Hot key, 16 clients: fewest grants of a client against most", Goal.AT_LEAST, 0.8),
    HANDOFF_P50_VS_REDISSON("Hand-off between two clients, p50 against Redisson's", Goal.AT_MOST, 0.6),
    HANDOFF_P99_VS_REDISSON("Hand-off between two clients, p99 against Redisson's", Goal.AT_MOST, 0.5),
    RENEW_CALLS_PER_100_LEASES("Held leases: script calls for 100 renewals", Goal.AT_MOST, 1),
    RENEW_LATE("Held leases: renewed late, or lost", Goal.AT_MOST, 0),
    HEAP_BYTES_PER_LEASE("Held leases: bytes of heap for each", Goal.AT_MOST, 1024),
    CANCEL_LEAKS("Acquires cancelled at random moments: what is left", Goal.AT_MOST, 0),
    FENCED_VS_PLAIN_1("Fenced write, 1 connection: writes per second against unfenced", Goal.AT_LEAST, 0.8),
    FENCED_VS_PLAIN_8("Fenced write, 8 connections: writes per second against unfenced", Goal.AT_LEAST, 0.8),
    VERTX_FENCED_VS_PLAIN_1("The same through Vert.x, 1 connection", Goal.AT_LEAST, 0.85),
    VERTX_FENCED_VS_PLAIN_8("The same through Vert.x, 8 connections", Goal.AT_LEAST, 0.85),
    ROW_FENCED_VS_PLAIN_1("Write with a fence in its row, 1 connection: against unfenced", Goal.AT_LEAST, 0.9),
    ROW_FENCED_VS_PLAIN_8("Write with a fence in its row, 8 connections: against unfenced", Goal.AT_LEAST, 0.9),
    VERTX_ROW_FENCED_VS_PLAIN_1("The same through Vert.x, 1 connection", Goal.AT_LEAST, 0.95),
    VERTX_ROW_FENCED_VS_PLAIN_8("The same through Vert.x, 8 connections", Goal.AT_LEAST, 0.95),
    VERTX1_VS_REACTOR("Free cycle through Vert.x, 1 in flight: cycles per second against Reactor", Goal.AT_LEAST, 0.95),
    VERTX64_VS_REACTOR(
            "Free cycle through Vert.x, 64 in flight: cycles per second against Reactor", Goal.AT_LEAST, 0.95),
    VERTX_SHARED1_VS_REACTOR("The same on shared event loops, 1 in flight", Goal.AT_LEAST, 0.95),
    VERTX_SHARED64_VS_REACTOR("The same on shared event loops, 64 in flight", Goal.AT_LEAST, 0.95),
    MUTINY1_VS_REACTOR(
            "Free cycle through Mutiny, 1 in flight: cycles per second against Reactor", Goal.AT_LEAST, 0.95),
    MUTINY64_VS_REACTOR(
            "Free cycle through Mutiny, 64 in flight: cycles per second against Reactor", Goal.AT_LEAST, 0.95),
    LOCKED_VS_WITH_LOCK("Free cycle by @Locked: cycles per second against withLock", Goal.AT_LEAST, 0.9),
    METERS_VS_NONE("Free cycle with meters: cycles per second against none", Goal.AT_LEAST, 0.9),
    OBSERVATIONS_OFF_VS_NONE("The same with observations that nobody handles", Goal.AT_LEAST, 0.97),
    OBSERVATIONS_VS_NONE("The same with observations that are timed", Goal.AT_LEAST, 0.9),
    BYTES_PER_CYCLE("Free cycle, 1 in flight: bytes allocated", Goal.BELOW_REDISSON, 0),
    BYTES_PER_CYCLE_REDISSON("The same, Redisson", Goal.STATED, 0);

    private final String title;
    private final Goal goal;
    private final double bound;

    private enum Goal {
        AT_LEAST,
        AT_MOST,
        BELOW_REDISSON,
        STATED
    }

    Key(String title, Goal goal, double bound) {
        this.title = title;
        this.goal = goal;
        this.bound = bound;
    }

    /** Returns the key in JSON. */
    public String json() {
        return name().toLowerCase(Locale.ROOT);
    }

    static String names(Set<Key> keys) {
        return keys.stream().sorted().map(Key::json).collect(Collectors.joining(", "));
    }

    /** Returns what it is, for people. */
    public String title() {
        return title;
    }

    /** Returns what is to be reached, for people. */
    public String goal() {
        String number = String.format(Locale.ROOT, bound == Math.rint(bound) ? "%,.0f" : "%s", bound);
        return switch (goal) {
            case AT_LEAST -> "at least " + number;
            case AT_MOST -> "at most " + number;
            case BELOW_REDISSON -> "below Redisson's";
            case STATED -> "stated";
        };
    }

    /**
     * Returns whether it was reached.
     *
     * @param values the values of the run, this key's among them
     */
    public boolean isReached(Map<Key, Double> values) {
        double value = valueIn(values);
        return switch (goal) {
            case AT_LEAST -> value >= bound;
            case AT_MOST -> value <= bound;
            case BELOW_REDISSON -> value < BYTES_PER_CYCLE_REDISSON.valueIn(values);
            case STATED -> true;
        };
    }

    private double valueIn(Map<Key, Double> values) {
        Double value = values.get(this);
        if (value == null) {
            throw new BenchmarkException("There is no value of " + json() + ".");
        }
        return value;
    }
}
