package io.reactivelock.chaos;

import io.reactivelock.LeaseLoss;
import io.reactivelock.LockRequest;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** Takes a lease that is not renewed, of which the end is known, and measures when the signal of its loss comes. */
final class LossProbe {
    private static final Duration LEASE_TIME = Duration.ofMillis(250);

    private final Run run;
    private final LockRequest request;

    LossProbe(Run run) {
        this.run = run;
        this.request = LockRequest.of("probe/" + run.span() + "/" + run.nextOp())
                .leaseTime(LEASE_TIME)
                .waitTime(LEASE_TIME.multipliedBy(4))
                .withoutRenewal();
    }

    Mono<Void> once() {
        return run.servers().locks().acquire(request).flatMap(lease -> {
            long end = System.nanoTime() + lease.remaining().toNanos();
            return lease.lost()
                    .filter(loss -> loss.reason() == LeaseLoss.Reason.EXPIRED)
                    .doOnNext(loss -> run.history().add(new Entry.LossNoticed(Math.max(0, System.nanoTime() - end))))
                    .then();
        });
    }
}
