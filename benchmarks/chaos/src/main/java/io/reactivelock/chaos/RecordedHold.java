package io.reactivelock.chaos;

import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.StaleTokenException;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** One lease from grant to release. Records what its holder does, and for how long it believes that it holds the lock. */
final class RecordedHold {
    private final SpanRun run;
    private final Lease lease;
    private final long handedOut = System.nanoTime();
    private volatile long believedUntil = handedOut;

    private RecordedHold(SpanRun run, Lease lease, long asked) {
        this.run = run;
        this.lease = lease;
        run.history().add(new HistoryEntry.Granted(lease.name(), lease.token(), asked, handedOut));
    }

    /** Acquires, works, releases. Completes even if the work failed, for the history has its outcome. */
    static Mono<Void> during(SpanRun run, LockRequest request, Function<RecordedHold, Mono<Void>> work) {
        return Mono.defer(() -> {
            long asked = System.nanoTime();
            return run.clients().locks().acquire(request).flatMap(lease -> {
                RecordedHold hold = new RecordedHold(run, lease, asked);
                return Mono.defer(() -> work.apply(hold))
                        .onErrorResume(run::failed)
                        .then(hold.end());
            });
        });
    }

    String resource() {
        return lease.name();
    }

    FencingToken token() {
        return lease.token();
    }

    /** Notes that the lease is valid. Reads the clock first, so that the belief is never recorded as longer than it was. */
    private void look() {
        long now = System.nanoTime();
        if (lease.isValid()) {
            believedUntil = now;
        }
    }

    Mono<Void> advance() {
        return Mono.defer(() -> {
                    look();
                    return run.clients().guard().advance(resource(), token());
                })
                .doOnSuccess(done -> {
                    run.history().count(CountedEvent.ADVANCES);
                    run.tokens().advanced(resource(), token());
                })
                .doOnError(StaleTokenException.class, stale -> run.tokens().refused(resource(), stale.highest()));
    }

    Mono<Long> read() {
        return Mono.defer(() -> {
                    look();
                    return Table.read(run.clients().database(), resource());
                })
                .doOnNext(seq -> run.history().count(CountedEvent.READS));
    }

    /** Writes through the guard, in one of its two forms. */
    Mono<Void> write(long seqRead) {
        return Mono.defer(() -> {
            look();
            return GuardedWrite.of(run, resource(), token(), seqRead).carryOut();
        });
    }

    private Mono<Void> end() {
        return Mono.defer(() -> {
            look();
            if (believedUntil != handedOut) {
                run.history().add(new HistoryEntry.Believed(resource(), token(), handedOut, believedUntil));
            }
            return run.release(lease);
        });
    }
}
