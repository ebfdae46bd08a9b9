package io.reactivelock.chaos;

import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.StaleTokenException;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** One lease from its arrival to its release, with what its holder believes and does, all of it written down. */
final class Hold {
    private final Run run;
    private final Lease lease;
    private final long handedOut = System.nanoTime();
    private volatile long believedUntil = handedOut;

    private Hold(Run run, Lease lease, long asked) {
        this.run = run;
        this.lease = lease;
        run.history().add(new Entry.Granted(lease.name(), lease.token(), asked, handedOut));
    }

    /** Acquires, works, releases; completes whatever the work ended with, for it has been written down by then. */
    static Mono<Void> during(Run run, LockRequest request, Function<Hold, Mono<Void>> work) {
        return Mono.defer(() -> {
            long asked = System.nanoTime();
            return run.servers().locks().acquire(request).flatMap(lease -> {
                Hold hold = new Hold(run, lease, asked);
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

    /** Looks whether the lease is valid. The moment is taken before, so that the belief is never older than it says. */
    private void look() {
        long now = System.nanoTime();
        if (lease.isValid()) {
            believedUntil = now;
        }
    }

    Mono<Void> advance() {
        return Mono.defer(() -> {
                    look();
                    return run.servers().guard().advance(resource(), token());
                })
                .doOnSuccess(done -> {
                    run.history().count(Counter.ADVANCES);
                    run.tokens().advanced(resource(), token());
                })
                .doOnError(StaleTokenException.class, stale -> run.tokens().refused(resource(), stale.highest()));
    }

    Mono<Long> read() {
        return Mono.defer(() -> {
                    look();
                    return Table.read(run.servers().database(), resource());
                })
                .doOnNext(seq -> run.history().count(Counter.READS));
    }

    /** Writes through the guard, in one of its two ways. */
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
                run.history().add(new Entry.Believed(resource(), token(), handedOut, believedUntil));
            }
            return run.release(lease);
        });
    }
}
