package io.reactivelock.spi;

import io.reactivelock.Holder;
import java.util.Objects;

/** What a {@link WaitQueue} tells its waiters. A hint, never a grant: the waiter tries again. */
public sealed interface WaitSignal {
    /**
     * It is this holder's turn.
     *
     * @param holder who should try again at once
     */
    record Turn(Holder holder) implements WaitSignal {
        /** Refuses null. */
        public Turn {
            Objects.requireNonNull(holder, "holder");
        }
    }

    /** Signals may have been missed: the subscription began, or began anew. Every waiter should try again. */
    record Recheck() implements WaitSignal {}
}
