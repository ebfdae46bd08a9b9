package io.reactivelock.chaos;

import io.reactivelock.LockRequest;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * One read-modify-write under each protection, with a pause between read and write. Often the pause is longer than the lease, which
 * is then not renewed: as if the thread was stopped at the worst point.
 */
final class Control {
    /** How many resources of each protection. Few, so that many holders meet at each. */
    static final int NUMBERS = 2;

    private static final Duration SHORT_LEASE_TIME = Duration.ofMillis(500);
    private static final int PAUSE_MILLIS = 250;
    private static final int ONE_OVERRUN_OF = 2;

    private final SpanRun run;
    private final WriteProtection protection;
    private final String resource;

    Control(SpanRun run, WriteProtection protection, int number) {
        this.run = run;
        this.protection = protection;
        this.resource = protection.resource(run.span(), number);
    }

    Mono<Void> hold() {
        return Mono.defer(() -> {
            LockRequest request = Load.request(run, resource);
            Duration pause = Duration.ofMillis(run.random().nextInt(PAUSE_MILLIS));
            if (run.random().nextInt(ONE_OVERRUN_OF) == 0) {
                request = request.leaseTime(SHORT_LEASE_TIME).withoutRenewal();
                pause = pause.plus(SHORT_LEASE_TIME);
            }
            Mono<Long> thought = Mono.delay(pause);
            return RecordedHold.during(run, request, hold -> work(hold, thought));
        });
    }

    private Mono<Void> work(RecordedHold hold, Mono<Long> thought) {
        return switch (protection) {
            case GUARDED -> hold.advance().then(hold.read()).flatMap(seq -> thought.then(hold.write(seq)));
            case UNGUARDED -> hold.read().flatMap(seq -> thought.then(write(hold, seq)));
            case CHECK_THEN_WRITE ->
                hold.advance()
                        .then(hold.read())
                        .flatMap(seq -> Table.fence(run.clients().database(), resource)
                                .filter(highest -> highest <= hold.token().value())
                                .flatMap(passed -> thought.then(write(hold, seq))));
            case NO_ADVANCE ->
                hold.read()
                        .flatMap(seq -> thought.then(GuardedWrite.of(run, resource, hold.token(), seq)
                                .inTransaction()
                                .then()));
        };
    }

    /** Without the guard. */
    private Mono<Void> write(RecordedHold hold, long seqRead) {
        return run.clients()
                .database()
                .update(Table.WRITE, Table.write(resource, hold.token(), seqRead, run.nextOp()))
                .then();
    }
}
