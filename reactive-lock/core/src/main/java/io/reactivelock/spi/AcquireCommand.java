package io.reactivelock.spi;

import io.reactivelock.Holder;
import java.time.Duration;
import java.util.Objects;

/**
 * One attempt to take a lock.
 *
 * @param name the lock name, checked
 * @param holder who wants it
 * @param leaseTime how long the server keeps the grant without renewal; a backend rounds it up to its unit
 * @param tokenAbove a number that the token must exceed, 0 or more
 * @param tokens for how many consecutive tokens there is use, 1 or more: one for each holder of this client to whom the lock may be
 *     handed on without the server. A backend may reserve fewer
 */
public record AcquireCommand(String name, Holder holder, Duration leaseTime, long tokenAbove, int tokens) {
    /**
     * Refuses null.
     *
     * @param name the lock name, checked
     * @param holder who wants it
     * @param leaseTime how long the server keeps the grant without renewal; a backend rounds it up to its unit
     * @param tokenAbove a number that the token must exceed, 0 or more
     * @param tokens for how many consecutive tokens there is use, 1 or more: one for each holder of this client to whom the lock may be
     *     handed on without the server. A backend may reserve fewer
     */
    public AcquireCommand {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(holder, "holder");
        Objects.requireNonNull(leaseTime, "leaseTime");
    }
}
