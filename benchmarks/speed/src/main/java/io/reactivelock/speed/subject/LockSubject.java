package io.reactivelock.speed.subject;

import reactor.core.publisher.Mono;

/** One client of a lock that is measured: what an application would hold one of. Safe for use by several threads. */
public interface LockSubject extends AutoCloseable {
    /**
     * Takes a lock; waits for it where the subject can wait, and fails where it cannot.
     *
     * @param name the lock name
     * @return what gives the lock back
     */
    Mono<Held> acquire(String name);

    /**
     * Takes a lock and gives it back.
     *
     * @param name the lock name
     * @return completion when both were answered
     */
    default Mono<Void> cycle(String name) {
        return acquire(name).flatMap(Held::release);
    }

    /** Closes what this client opened. Blocks until it has gone. */
    @Override
    void close();

    /** A lock that is held. */
    @FunctionalInterface
    interface Held {
        /** Gives the lock back, on subscription; an error if it was no longer held. */
        Mono<Void> release();
    }
}
