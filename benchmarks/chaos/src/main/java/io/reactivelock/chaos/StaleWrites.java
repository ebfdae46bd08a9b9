package io.reactivelock.chaos;

import java.time.Duration;
import reactor.core.publisher.Mono;

/** Tries to write with tokens that a higher one has superseded. */
final class StaleWrites {
    private static final Duration INTERVAL = Duration.ofMillis(9);
    private static final int AT_ONCE = 3;

    private final SpanRun run;

    StaleWrites(SpanRun run) {
        this.run = run;
    }

    Mono<Void> carryOut() {
        return Load.every(run, INTERVAL, AT_ONCE, Mono.defer(this::tryOne));
    }

    private Mono<Void> tryOne() {
        return Mono.justOrEmpty(run.tokens().anySuperseded(run.random())).flatMap(stale -> {
            run.history().count(CountedEvent.STALE_ATTEMPTED);
            return GuardedWrite.of(run, stale.resource(), stale.token(), 0)
                    .carryOut()
                    .then(Mono.<Void>fromRunnable(() -> run.history().count(CountedEvent.STALE_ACCEPTED)))
                    .onErrorResume(ChaosFailures::isExpected, refused -> Mono.empty());
        });
    }
}
