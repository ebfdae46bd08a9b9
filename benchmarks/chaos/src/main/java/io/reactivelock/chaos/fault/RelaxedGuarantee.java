package io.reactivelock.chaos.fault;

/** A guarantee that histories need not give while a fault is in force. Most faults relax none. */
public enum RelaxedGuarantee {
    /** Holders notice in time that a lease has ended. A holder that is stopped does not. */
    PROMPT_HOLDERS,
    /** The server ends a lease when it was asked to. A clock that steps ends it sooner or later. */
    STEADY_CLOCK,
    /** The server remembers grants and counters. One that lost data may grant a lock that is still held. */
    DURABLE_GRANTS
}
