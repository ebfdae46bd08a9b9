package io.reactivelock.spi;

import java.time.Duration;
import java.util.Objects;

/**
 * Which lease times a backend can keep. The client refuses any other at call time.
 *
 * @param shortest the shortest lease time
 * @param longest the longest one
 * @param unit the backend rounds a lease time up to a multiple of this
 */
public record LeaseTimes(Duration shortest, Duration longest, Duration unit) {
    /**
     * Refuses null, a unit of nothing, and a longest that is shorter than the shortest.
     *
     * @param shortest the shortest lease time
     * @param longest the longest one
     * @param unit the backend rounds a lease time up to a multiple of this
     */
    public LeaseTimes {
        Objects.requireNonNull(shortest, "shortest");
        Objects.requireNonNull(longest, "longest");
        Objects.requireNonNull(unit, "unit");
        if (unit.isNegative() || unit.isZero()) {
            throw new IllegalArgumentException("the unit of lease times is more than 0, not " + unit);
        }
        if (shortest.compareTo(longest) > 0) {
            throw new IllegalArgumentException(
                    "the shortest lease time is at most the longest (" + longest + "), not " + shortest);
        }
    }

    /**
     * {@return whether a lease time is within the bounds}
     *
     * @param leaseTime what is asked for
     */
    public boolean contain(Duration leaseTime) {
        return shortest.compareTo(leaseTime) <= 0 && leaseTime.compareTo(longest) <= 0;
    }

    /**
     * {@return a lease time rounded up to the unit}
     *
     * @param leaseTime what is asked for
     */
    public Duration roundUp(Duration leaseTime) {
        long units = leaseTime.dividedBy(unit);
        Duration whole = unit.multipliedBy(units);
        return whole.equals(leaseTime) ? whole : whole.plus(unit);
    }
}
