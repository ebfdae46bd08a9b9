package io.reactivelock.chaos;

import java.time.Duration;
import reactor.core.publisher.Mono;

/** Tries writes with tokens of which a higher one has advanced. */
final class StaleWrites {
    private static final Duration INTERVAL = Duration.ofMillis(9);
    private static final int AT_ONCE = 3;

    private final Run run;

    StaleWrites(Run run) {
        this.run = run;
    }

    Mono<Void> carryOut() {
        return Load.every(run, INTERVAL, AT_ONCE, Mono.defer(this::tryOne));
    }

    private Mono<Void> tryOne() {
        return Mono.justOrEmpty(run.tokens().anySuperseded(run.random())).flatMap(stale -> {
            run.history().count(Counter.STALE_ATTEMPTED);
            return GuardedWrite.of(run, stale.resource(), stale.token(), 0)
                    .carryOut()
                    .then(Mono.<Void>fromRunnable(() -> run.history().count(Counter.STALE_ACCEPTED)))
                    .onErrorResume(Failures::isExpected, refused -> Mono.empty());
        });
    }
}
