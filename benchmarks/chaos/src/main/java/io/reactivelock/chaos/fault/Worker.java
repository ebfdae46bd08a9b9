package io.reactivelock.chaos.fault;

import java.util.OptionalLong;
import reactor.core.publisher.Mono;

/** A place for a worker process: faults stop and kill the one that is in it. Safe for use by several threads. */
public interface Worker {
    /** Returns the process that is in this place now; empty while there is none. */
    OptionalLong pid();

    /**
     * Starts another process in place of one that was killed, after that has ended.
     *
     * @return completes when the other one works; errors if it does not
     */
    Mono<Void> restart();
}
