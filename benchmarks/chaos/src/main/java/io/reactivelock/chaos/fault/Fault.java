package io.reactivelock.chaos.fault;

import java.util.Set;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/** One way to do harm. Safe for use by several threads; several may be in force at a time. */
public interface Fault {
    /** Returns what it is, as in "redis kill -9"; faults are counted by it. */
    String kind();

    /** Returns what histories may no longer promise while it is in force. */
    Set<Hazard> hazards();

    /**
     * Harms and heals again, in bounded time.
     *
     * <p>Nothing happens before subscription; each subscription is a harm of its own. Completes when healed; errors when it could
     * not be done. A cancel heals, too. Delivered on any thread.
     *
     * @param random where it leaves something to chance
     * @return completion
     */
    Mono<Void> inject(RandomGenerator random);
}
