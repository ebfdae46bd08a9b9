package io.reactivelock.chaos.fault;

import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/** Admits one fault at a time to a target. A second one fails at once: waiting would let faults pile up. */
final class ExclusiveTarget {
    private final String target;
    private final AtomicBoolean taken = new AtomicBoolean();

    ExclusiveTarget(String target) {
        this.target = target;
    }

    Mono<Void> alone(Mono<Void> fault) {
        return Mono.using(this::take, exclusive -> fault, exclusive -> taken.set(false), false);
    }

    private ExclusiveTarget take() {
        if (!taken.compareAndSet(false, true)) {
            throw new NotInjectedException("another fault is harming " + target);
        }
        return this;
    }
}
