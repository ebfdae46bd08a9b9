package io.reactivelock.internal;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;

/** The one place where durations are checked, turned into nanoseconds and written into messages. */
public final class Durations {
    /** Far below the overflow of nanoseconds in a long, so that sums of two need no check. */
    public static final Duration MAX = Duration.ofDays(365);

    private Durations() {}

    public static Duration require(String what, Duration value, Duration min) {
        Objects.requireNonNull(value, what);
        if (value.compareTo(min) < 0 || value.compareTo(MAX) > 0) {
            throw new IllegalArgumentException(
                    what + " is from " + text(min) + " to " + text(MAX) + ", not " + text(value));
        }
        return value;
    }

    /** What a backend says may be any duration; beyond the longest it is the longest. */
    public static long nanos(Duration value) {
        return value.compareTo(MAX) < 0 ? value.toNanos() : MAX.toNanos();
    }

    /** Written for people: {@code 250ms}, {@code 2s}, {@code 9.1s}; ISO-8601 from a minute on. */
    public static String text(Duration value) {
        if (value.isNegative() || value.compareTo(Duration.ofMinutes(1)) >= 0) {
            return value.toString();
        }
        return value.compareTo(Duration.ofSeconds(1)) >= 0 ? decimal(value, 9) + "s" : decimal(value, 6) + "ms";
    }

    private static String decimal(Duration value, int scale) {
        return BigDecimal.valueOf(value.toNanos(), scale).stripTrailingZeros().toPlainString();
    }
}
