package io.reactivelock.chaos.fault;

import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/** Lets one fault at a time have a target to itself. Another one fails at once: to wait would let faults pile up. */
final class Turn {
    private final String target;
    private final AtomicBoolean taken = new AtomicBoolean();

    Turn(String target) {
        this.target = target;
    }

    Mono<Void> alone(Mono<Void> fault) {
        return Mono.using(this::take, turn -> fault, turn -> taken.set(false), false);
    }

    private Turn take() {
        if (!taken.compareAndSet(false, true)) {
            throw new NotInjectedException("another fault has the turn of " + target);
        }
        return this;
    }
}
