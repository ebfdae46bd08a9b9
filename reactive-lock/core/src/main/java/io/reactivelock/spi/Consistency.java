package io.reactivelock.spi;

/** What a backend promises when its servers fail. The fencing guard is needed with each, for a holder may be paused. */
public enum Consistency {
    /** Two holders never have one lock at a time, whatever server fails. */
    LINEARIZABLE,
    /** The same as long as the servers' clocks agree: a new primary whose clock is ahead can end a lease early. */
    EXCLUSIVE_WHILE_CLOCKS_AGREE,
    /** A failover that lost the newest writes can grant a lock that is still held. */
    FAILOVER_CAN_GRANT_TWICE
}
