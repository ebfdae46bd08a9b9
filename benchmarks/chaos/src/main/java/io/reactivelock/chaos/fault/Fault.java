package io.reactivelock.chaos.fault;

import java.util.Set;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/** One way to do harm. Safe for use by several threads. Several may be in force at the same time. */
public interface Fault {
    /** Returns what it is, as in "redis kill -9"; faults are counted by it. */
    String kind();

    /** Returns the guarantees that histories need not give while it is in force. */
    Set<RelaxedGuarantee> relaxed();

    /**
     * Harms and heals again, in bounded time.
     *
     * <p>Nothing happens before subscription; each subscription is a harm of its own. Completes when healed; errors if it could
     * not be injected. A cancel heals, too. Delivered on any thread.
     *
     * @param random source of its random choices
     * @return completion
     */
    Mono<Void> inject(RandomGenerator random);
}
