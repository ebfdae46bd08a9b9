package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.Hazard;
import java.util.Set;

/** What may go wrong in a span. A span that lacks a hazard promises more, and is checked for more. */
enum Weather {
    /** Servers and networks fail; nothing else. */
    CALM,
    /** Workers are stopped, too, and Redis loses data. */
    ROUGH,
    /** Clocks step, too. */
    STORM;

    Set<Hazard> hazards() {
        return switch (this) {
            case CALM -> Set.of();
            case ROUGH -> Set.of(Hazard.PAUSE, Hazard.DATA_LOSS);
            case STORM -> Set.of(Hazard.values());
        };
    }

    /** Calm and other spans take turns. */
    static Weather of(int span) {
        if (span % 2 == 1) {
            return CALM;
        }
        return span % 4 == 2 ? STORM : ROUGH;
    }
}
