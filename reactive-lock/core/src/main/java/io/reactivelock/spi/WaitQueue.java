package io.reactivelock.spi;

import io.reactivelock.Holder;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A further power of a {@link LockBackend}, by {@link LockBackend#waitQueue()}: the server keeps the waiters in order, and a release grants the lock to the next one in
 * the same step, so that waiting needs no polling. The rules of {@code LockBackend} hold here too.
 *
 * <p>The client asks again on its own account too, so a lost signal costs time and nothing else.
 */
public interface WaitQueue {
    /**
     * The same as {@link LockBackend#tryAcquire}, but a holder that finds the lock held, or others before it, enters the lock's
     * queue in the same step; one that stands there keeps its place. A lock that is free with others in its queue is granted to the
     * first of them.
     *
     * @param command who wants what; it is also what the holder gets when its turn comes, in the form last sent
     * @param checkInterval how soon a waiter asks again that is first in the queue; the answer says how soon this one should
     * @return granted, queued, or busy where the backend keeps order in another way; never empty
     */
    Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval);

    /**
     * Takes back all that {@link #enqueue} gave or may still give to this holder: its place, a grant, or a hand-off under way, which
     * goes to the next waiter. Idempotent.
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
