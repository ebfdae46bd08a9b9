package io.reactivelock.spi;

/** What a backend promises when its servers fail. The fencing guard is needed with either, for a holder may be paused. */
public enum Consistency {
    /** Two holders never have one lock at a time, whatever server fails. */
    LINEARIZABLE,
    /** A failover that lost the newest writes can grant a lock that is still held. */
    FAILOVER_CAN_GRANT_TWICE
}
