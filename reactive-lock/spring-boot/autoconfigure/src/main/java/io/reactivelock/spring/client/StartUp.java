package io.reactivelock.spring.client;

import reactor.core.publisher.Mono;

/** The one place that waits: on the thread that starts the application, as Boot's own initializers do. */
final class StartUp {
    private StartUp() {}

    /**
     * @param work what ends by itself within a bounded time
     * @throws IllegalStateException on a thread that must not be blocked
     */
    static void await(Mono<Void> work) {
        work.block();
    }
}
