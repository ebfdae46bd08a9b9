package io.reactivelock.speed.renewal;

import reactor.core.publisher.Mono;

/** One client of a subject that holds many locks, and what can be told of them. */
interface Holders extends AutoCloseable {
    /** Takes the lock with this number, and keeps it. */
    Mono<Void> hold(int number);

    /** Looks at every lease. To be called far more often than a lease is renewed. */
    void look();

    /** How many renewals there have been. */
    long renewals();

    /** How many leases were renewed late, or lost, as far as the subject tells; complete when this is closed. */
    long late();

    /** Gives all back, and closes the client. */
    @Override
    void close();

    static String name(int number) {
        return "held:" + number;
    }
}
