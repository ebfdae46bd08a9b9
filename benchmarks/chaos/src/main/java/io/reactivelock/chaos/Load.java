package io.reactivelock.chaos;

import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Everything that a worker does in a span, at the same time. */
final class Load {
    private static final Duration LEASE_TIME = Duration.ofSeconds(2);
    private static final Duration WAIT_TIME = Duration.ofSeconds(3);

    /** How many guarded resources a worker holds, or waits for, at the same time. */
    private static final int GUARDED_AT_ONCE = 4;

    private static final int WRITES_OF_A_HOLD = 5;
    /** The lower numbers belong to the controls. */
    private static final int FIRST_BUSY = Control.NUMBERS;

    private static final int BUSY = 12;
    /** How many resources of each protection a span has. */
    static final int RESOURCES = FIRST_BUSY + BUSY;

    private final SpanRun run;

    Load(SpanRun run) {
        this.run = run;
    }

    static LockRequest request(SpanRun run, String name) {
        return run.tokens().above(LockRequest.of(name).leaseTime(LEASE_TIME).waitTime(WAIT_TIME));
    }

    /** Completes when the run ends and everything in flight has ended. */
    Mono<Void> carryOut() {
        List<Mono<Void>> all = new ArrayList<>();
        IntStream.range(0, GUARDED_AT_ONCE).forEach(i -> all.add(again(Mono.defer(this::busyHold))));
        for (WriteProtection protection : WriteProtection.values()) {
            IntStream.range(0, Control.NUMBERS).forEach(i -> all.add(again(new Control(run, protection, i).hold())));
        }
        all.add(new StaleWrites(run).carryOut());
        all.add(new Cancels(run).carryOut());
        all.add(again(new LossProbe(run).once()));
        return Mono.when(all);
    }

    /** Begins one at each interval until the run ends, at most so many at the same time. */
    static Mono<Void> every(SpanRun run, Duration interval, int atOnce, Mono<Void> once) {
        return Flux.interval(interval)
                .onBackpressureDrop()
                .takeWhile(tick -> !run.isEnding())
                .flatMap(tick -> once.onErrorResume(run::failed), atOnce)
                .then();
    }

    private Mono<Void> again(Mono<Void> once) {
        return once.onErrorResume(run::failed).repeat(() -> !run.isEnding()).then();
    }

    /** Several read-modify-writes under one lease, as fast as can be. */
    private Mono<Void> busyHold() {
        String resource = WriteProtection.GUARDED.resource(
                run.span(), FIRST_BUSY + run.random().nextInt(BUSY));
        return RecordedHold.during(
                run,
                request(run, resource),
                hold -> hold.advance()
                        .then(Flux.range(0, WRITES_OF_A_HOLD)
                                .concatMap(i -> hold.read().flatMap(hold::write))
                                .then()));
    }
}
