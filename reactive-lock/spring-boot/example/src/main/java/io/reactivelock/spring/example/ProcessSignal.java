package io.reactivelock.spring.example;

import java.io.IOException;
import java.io.UncheckedIOException;
import reactor.core.publisher.Mono;

/** Stops a process as it is, every thread of it, and lets it go on. */
enum ProcessSignal {
    STOP,
    CONT;

    /** Completes when the signal has been sent. */
    Mono<Void> send(long pid) {
        return Mono.fromFuture(() -> {
                    try {
                        return new ProcessBuilder("sh", "-c", "kill -" + name() + " " + pid)
                                .start()
                                .onExit();
                    } catch (IOException e) {
                        throw new UncheckedIOException("no signal could be sent to process " + pid, e);
                    }
                })
                .then();
    }
}
