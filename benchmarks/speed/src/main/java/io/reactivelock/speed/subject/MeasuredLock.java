package io.reactivelock.speed.subject;

import reactor.core.publisher.Mono;

/** The lock client that is measured; an application has one. Safe for use by several threads. */
public interface MeasuredLock extends AutoCloseable {
    /**
     * Takes a lock. Waits for it, or fails if the subject cannot wait.
     *
     * @param name the lock name
     * @return the handle that releases it
     */
    Mono<HeldLock> acquire(String name);

    /**
     * Takes a lock and releases it.
     *
     * @param name the lock name
     * @return completes when both were answered
     */
    default Mono<Void> cycle(String name) {
        return acquire(name).flatMap(HeldLock::release);
    }

    /** Closes what this client opened. Blocks until all is closed. */
    @Override
    void close();

    /** A lock that is held. */
    @FunctionalInterface
    interface HeldLock {
        /** Releases the lock, on subscription. Errors if it was no longer held. */
        Mono<Void> release();
    }
}
