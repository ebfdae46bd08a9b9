package io.reactivelock.chaos;

/** An event that a worker counts and does not record one by one. */
enum CountedEvent {
    ADVANCES,
    READS,
    RELEASES,
    CANCELS,
    /** Writes with a token that the worker knew to be superseded. */
    STALE_ATTEMPTED,
    STALE_ACCEPTED,
    /** Writes with an unknown outcome. */
    UNKNOWN,
    /** Renewals sent for a holder after its release was answered. */
    RENEWALS_AFTER_RELEASE,
    /** Failures that no fault explains. */
    UNEXPECTED
}
