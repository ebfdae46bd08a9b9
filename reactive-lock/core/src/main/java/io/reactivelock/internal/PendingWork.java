package io.reactivelock.internal;

import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Counts what is still on its way in the background, so that a dispose can wait for it. */
final class PendingWork {
    private final AtomicLong count = new AtomicLong();
    private final Sinks.Empty<Void> idle = Sinks.empty();
    private volatile boolean awaited;

    void enter() {
        count.incrementAndGet();
    }

    void exit() {
        if (count.decrementAndGet() == 0 && awaited) {
            idle.tryEmitEmpty();
        }
    }

    long count() {
        return count.get();
    }

    /** Completes when nothing is on its way; to be asked once nothing new can begin but what is counted within something else. */
    Mono<Void> whenIdle() {
        return Mono.defer(() -> {
            awaited = true;
            if (count.get() == 0) {
                idle.tryEmitEmpty();
            }
            return idle.asMono();
        });
    }
}
