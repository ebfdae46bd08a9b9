package io.reactivelock.spi;

import io.reactivelock.Holder;
import reactor.core.publisher.Flux;

/**
 * A further power of a {@link LockBackend}, by {@link LockBackend#lossSignals()}: it hears at once that leases have ended, as when the session that kept them alive died.
 * The client then ends them without waiting for their next renewal. The rules of {@code LockBackend} hold here too.
 *
 * <p>Signals can be late or lost: nothing rests on them but speed, for a renewal finds the same.
 */
public interface LossSignals {
    /**
     * The leases that have ended without a release, by the holder that the backend knows. Never names one that goes on.
     *
     * @return holders; does not complete. After an error the client subscribes again
     */
    Flux<Holder> losses();
}
