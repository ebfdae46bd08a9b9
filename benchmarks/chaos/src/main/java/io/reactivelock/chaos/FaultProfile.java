package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.RelaxedGuarantee;
import java.util.Set;

/** Which faults may be injected in a span. The fewer guarantees a profile relaxes, the more the span is checked for. */
enum FaultProfile {
    /** Servers and networks fail. */
    CALM,
    /** Also, workers are stopped and Redis loses data. */
    ROUGH,
    /** Also, clocks step. */
    STORM;

    Set<RelaxedGuarantee> relaxed() {
        return switch (this) {
            case CALM -> Set.of();
            case ROUGH -> Set.of(RelaxedGuarantee.PROMPT_HOLDERS, RelaxedGuarantee.DURABLE_GRANTS);
            case STORM -> Set.of(RelaxedGuarantee.values());
        };
    }

    /** Every other span is calm. */
    static FaultProfile of(int span) {
        if (span % 2 == 1) {
            return CALM;
        }
        return span % 4 == 2 ? STORM : ROUGH;
    }
}
