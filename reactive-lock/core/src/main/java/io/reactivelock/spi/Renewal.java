package io.reactivelock.spi;

import io.reactivelock.Holder;
import java.time.Duration;
import java.util.Objects;

/**
 * One lease that is due for renewal.
 *
 * @param name the lock name
 * @param holder who holds it
 * @param leaseTime how long the server keeps it from now without another renewal; a backend rounds it up to its unit
 */
public record Renewal(String name, Holder holder, Duration leaseTime) {
    /**
     * Refuses null.
     *
     * @param name the lock name
     * @param holder who holds it
     * @param leaseTime how long the server keeps it from now without another renewal; a backend rounds it up to its unit
     */
    public Renewal {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(holder, "holder");
        Objects.requireNonNull(leaseTime, "leaseTime");
    }
}
