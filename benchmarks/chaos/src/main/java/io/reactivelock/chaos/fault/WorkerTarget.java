package io.reactivelock.chaos.fault;

import java.util.OptionalLong;
import reactor.core.publisher.Mono;

/** A worker as a target: faults stop or kill its process. Safe for use by several threads. */
public interface WorkerTarget {
    /** Returns the id of the process that runs now; empty while there is none. */
    OptionalLong pid();

    /**
     * Replaces a process that was killed, after it has ended.
     *
     * @return completes when the new process works; errors if it does not
     */
    Mono<Void> restart();
}
