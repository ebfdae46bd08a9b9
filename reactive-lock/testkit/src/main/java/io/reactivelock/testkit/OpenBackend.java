package io.reactivelock.testkit;

import io.reactivelock.spi.DelegatingLockBackend;
import io.reactivelock.spi.LockBackend;
import reactor.core.publisher.Mono;

/** A backend that stays open when a client closes it, for others use it, too. */
class OpenBackend extends DelegatingLockBackend {
    OpenBackend(LockBackend backend) {
        super(backend);
    }

    @Override
    public final Mono<Void> close() {
        return Mono.empty();
    }
}
