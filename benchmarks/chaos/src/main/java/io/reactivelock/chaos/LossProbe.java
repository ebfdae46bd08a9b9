package io.reactivelock.chaos;

import io.reactivelock.LeaseLoss;
import io.reactivelock.LockRequest;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** Takes a lease without renewal, and measures how late the signal of its loss comes. */
final class LossProbe {
    private static final Duration LEASE_TIME = Duration.ofMillis(250);

    private final SpanRun run;
    private final LockRequest request;

    LossProbe(SpanRun run) {
        this.run = run;
        this.request = LockRequest.of("probe/" + run.span() + "/" + run.nextOp())
                .leaseTime(LEASE_TIME)
                .waitTime(LEASE_TIME.multipliedBy(4))
                .withoutRenewal();
    }

    Mono<Void> once() {
        return run.clients().locks().acquire(request).flatMap(lease -> {
            long end = System.nanoTime() + lease.remaining().toNanos();
            return lease.lost()
                    .filter(loss -> loss.reason() == LeaseLoss.Reason.EXPIRED)
                    .doOnNext(loss ->
                            run.history().add(new HistoryEntry.LossNoticed(Math.max(0, System.nanoTime() - end))))
                    .then();
        });
    }
}
