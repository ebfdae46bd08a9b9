package io.reactivelock.chaos;

import io.reactivelock.LockRequest;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * One read-modify-write in each of the modes, the guarded one for comparison, with time between read and write. Now and then that
 * time is longer than the lease, which is then not renewed: what a stopped thread does, at the worst place.
 */
final class Control {
    /** How many resources of each mode; many holders meet at each. */
    static final int NUMBERS = 2;

    private static final Duration SHORT_LEASE_TIME = Duration.ofMillis(500);
    private static final int PAUSE_MILLIS = 250;
    private static final int ONE_OVERRUN_OF = 2;

    private final Run run;
    private final Mode mode;
    private final String resource;

    Control(Run run, Mode mode, int number) {
        this.run = run;
        this.mode = mode;
        this.resource = mode.resource(run.span(), number);
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
            return Hold.during(run, request, hold -> work(hold, thought));
        });
    }

    private Mono<Void> work(Hold hold, Mono<Long> thought) {
        return switch (mode) {
            case GUARDED -> hold.advance().then(hold.read()).flatMap(seq -> thought.then(hold.write(seq)));
            case UNGUARDED -> hold.read().flatMap(seq -> thought.then(write(hold, seq)));
            case CHECK_THEN_WRITE ->
                hold.advance()
                        .then(hold.read())
                        .flatMap(seq -> Table.fence(run.servers().database(), resource)
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
    private Mono<Void> write(Hold hold, long seqRead) {
        return run.servers()
                .database()
                .update(Table.WRITE, Table.write(resource, hold.token(), seqRead, run.nextOp()))
                .then();
    }
}
