package io.reactivelock.spi;

import io.reactivelock.Holder;
import java.time.Duration;
import java.util.Objects;

/** Outcome of one renewal. */
public sealed interface RenewalResult {
    /** {@return whose lease it was} */
    Holder holder();

    /**
     * The lease goes on.
     *
     * @param holder whose lease it was
     * @param leaseTime how long the server really keeps it, from the request on: at least what was asked, or less where it cannot
     */
    record Renewed(Holder holder, Duration leaseTime) implements RenewalResult {
        /**
         * Refuses null.
         *
         * @param holder whose lease it was
         * @param leaseTime how long the server really keeps it, from the request on: at least what was asked, or less where it cannot
         */
        public Renewed {
            Objects.requireNonNull(holder, "holder");
            Objects.requireNonNull(leaseTime, "leaseTime");
        }
    }

    /**
     * This holder has the lock no longer, which is final.
     *
     * @param holder whose lease it was
     */
    record Lost(Holder holder) implements RenewalResult {
        /**
         * Refuses null.
         *
         * @param holder whose lease it was
         */
        public Lost {
            Objects.requireNonNull(holder, "holder");
        }
    }
}
