package io.reactivelock.spi;

import io.reactivelock.Holder;
import java.util.Objects;

/**
 * What one renewal came to.
 *
 * @param holder whose lease it was
 * @param held true if the lease goes on, false if this holder has the lock no longer, which is final
 */
public record RenewalResult(Holder holder, boolean held) {
    /** Refuses null. */
    public RenewalResult {
        Objects.requireNonNull(holder, "holder");
    }
}
