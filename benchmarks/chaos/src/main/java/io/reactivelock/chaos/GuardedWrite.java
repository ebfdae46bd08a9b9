package io.reactivelock.chaos;

import io.reactivelock.FencingToken;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** One write through the guard: as one statement, or as check, work and commit. */
final class GuardedWrite {
    private static final Duration WORK_TIMEOUT = Duration.ofSeconds(3);

    private final SpanRun run;
    private final String resource;
    private final FencingToken token;
    private final long seqRead;
    private final long op;

    private GuardedWrite(SpanRun run, String resource, FencingToken token, long seqRead, long op) {
        this.run = run;
        this.resource = resource;
        this.token = token;
        this.seqRead = seqRead;
        this.op = op;
    }

    static GuardedWrite of(SpanRun run, String resource, FencingToken token, long seqRead) {
        return new GuardedWrite(run, resource, token, seqRead, run.nextOp());
    }

    /** Writes in either form, and records the outcome. */
    Mono<Void> carryOut() {
        return record(op % 2 == 0 ? inOneStatement() : inTransaction());
    }

    private Mono<Void> record(Mono<Long> write) {
        return write.doOnNext(rows -> {
                    if (rows != 1) {
                        throw new IllegalStateException(rows + " rows of " + resource + " were written");
                    }
                    run.history().add(new HistoryEntry.Acknowledged(op, System.nanoTime()));
                })
                .doOnError(failure -> {
                    if (ChaosFailures.hadNoEffect(failure)) {
                        run.history().add(new HistoryEntry.Refused(op, System.nanoTime()));
                    } else {
                        run.history().count(CountedEvent.UNKNOWN);
                    }
                })
                .then();
    }

    private Mono<Long> inOneStatement() {
        return run.clients().guard().update(resource, token, Table.WRITE, Table.write(resource, token, seqRead, op));
    }

    /** Works for a holder that has not advanced, too. */
    Mono<Long> inTransaction() {
        return run.clients()
                .guard()
                .write(
                        resource,
                        token,
                        connection -> ChaosDatabase.update(
                                        connection, Table.WRITE, Table.write(resource, token, seqRead, op))
                                .timeout(WORK_TIMEOUT));
    }
}
