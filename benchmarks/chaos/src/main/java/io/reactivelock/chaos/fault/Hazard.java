package io.reactivelock.chaos.fault;

/** What a history may no longer promise while a fault is in force. A fault without a hazard takes nothing away. */
public enum Hazard {
    /** A holder is stopped, so that it may act upon a belief that is no longer true. */
    PAUSE,
    /** A clock steps, so that the server ends a lease sooner or later than it was asked to. */
    CLOCK,
    /** The lock's server forgets grants or counters, so that it may grant a lock that is still held. */
    DATA_LOSS
}
