package io.reactivelock.chaos;

/** What a worker counts rather than writes down one by one. */
enum Counter {
    ADVANCES,
    READS,
    RELEASES,
    CANCELS,
    /** Writes with a token that was known to be superseded. */
    STALE_ATTEMPTED,
    STALE_ACCEPTED,
    /** Writes of which nobody knows whether they took effect. */
    UNKNOWN,
    /** Renewals sent for a holder whose release had been answered. */
    RENEWALS_AFTER_RELEASE,
    /** Failures that no fault explains. */
    UNEXPECTED
}
