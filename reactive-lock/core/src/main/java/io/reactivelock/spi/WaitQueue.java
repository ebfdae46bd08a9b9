package io.reactivelock.spi;

import io.reactivelock.Holder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A further power of a {@link LockBackend}: the server keeps the waiters in order and tells the next one when it is its turn, so
 * that waiting needs no polling. The rules of {@code LockBackend} hold here too.
 *
 * <p>Signals are hints. The client tries again on its own account too, so a lost signal costs time and nothing else.
 */
public interface WaitQueue {
    /**
     * The same as {@link LockBackend#tryAcquire}, but a holder that finds the lock held enters the lock's queue in the same step;
     * one that stands there keeps its place.
     *
     * @param command who wants what
     * @return granted or busy; never empty
     */
    Mono<AttemptResult> enqueue(AcquireCommand command);

    /**
     * Takes back all that {@link #enqueue} gave or may still give to this holder: its place, a grant, or a signal under way, which
     * goes to the next waiter. Repeatable.
     *
     * @param name the lock name
     * @param holder the holder
     * @return completion
     */
    Mono<Void> leave(String name, Holder holder);

    /**
     * The signals for all waiters of this backend instance, over one subscription to the server whatever their number. The client
     * subscribes when its first waiter comes, and keeps the subscription until it is disposed.
     *
     * @return signals; does not complete. After an error the client subscribes again
     */
    Flux<WaitSignal> signals();
}
