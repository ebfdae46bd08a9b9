package io.reactivelock.spi;

import io.reactivelock.Holder;
import java.time.Duration;
import java.util.Objects;

/** What a {@link WaitQueue} tells its waiters. WaitSignalDispatcher can be late or lost: nothing rests on them but speed. */
public sealed interface WaitSignal {
    /**
     * The lock was granted to this holder, by the release of another or in its place.
     *
     * @param holder whom; it left the queue
     * @param grant what it got; its lease time is the claim time: how long the server keeps the lock, from {@code serverTime} on, for
     *     a holder that does not renew
     * @param serverTime the server's clock at the grant, as in {@link AttemptResult.Queued}
     */
    record HandOff(Holder holder, AttemptResult.Granted grant, Duration serverTime) implements WaitSignal {
        /**
         * Refuses null.
         *
         * @param holder whom; it left the queue
         * @param grant what it got; its lease time is the claim time: how long the server keeps the lock, from {@code serverTime} on, for
         *     a holder that does not renew
         * @param serverTime the server's clock at the grant, as in {@link AttemptResult.Queued}
         */
        public HandOff {
            Objects.requireNonNull(holder, "holder");
            Objects.requireNonNull(grant, "grant");
            Objects.requireNonNull(serverTime, "serverTime");
        }
    }

    /**
     * It is this holder's turn, but it has no grant yet: for a backend that can only notify.
     *
     * @param holder who should try again at once
     */
    record Turn(Holder holder) implements WaitSignal {
        /**
         * Refuses null.
         *
         * @param holder who should try again at once
         */
        public Turn {
            Objects.requireNonNull(holder, "holder");
        }
    }

    /**
     * Others have come to wait for a lock that this holder has under a grant of several tokens, so that its client should not hand
     * the lock on inside itself for long.
     *
     * @param holder the holder that the backend knows
     */
    record Contended(Holder holder) implements WaitSignal {
        /**
         * Refuses null.
         *
         * @param holder the holder that the backend knows
         */
        public Contended {
            Objects.requireNonNull(holder, "holder");
        }
    }

    /** WaitSignalDispatcher may have been missed: the subscription began, or began anew. Every waiter should try again. */
    record Recheck() implements WaitSignal {}
}
