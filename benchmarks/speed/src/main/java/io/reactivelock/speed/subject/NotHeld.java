package io.reactivelock.speed.subject;

import reactor.core.publisher.Mono;

/** A release met a lock that was no longer held, or a single try one that was: the measurement is void. */
public final class NotHeld extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private NotHeld(String message) {
        super(message);
    }

    static <T> Mono<T> error(String name) {
        return Mono.error(() -> of(name));
    }

    public static NotHeld of(String name) {
        return new NotHeld("the lock '" + name + "' is not held");
    }
}
