package io.reactivelock.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Lets a lock and a guard do what is counted, so that all meters are there. */
final class EveryEvent {
    private EveryEvent() {}

    static void tell(MeterRegistry registry) {
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        InMemoryLockBackend backend = InMemoryLockBackend.create(time);
        LockClient locks = LockClient.create(
                backend, LockClientOptions.defaults().scheduler(time).observer(LockMetrics.create(registry)));
        locks.acquire(LockRequest.of("order:1")).subscribe();
        time.advanceTime();
        time.dispose();

        FencingGuardMetrics guard = FencingGuardMetrics.create(registry);
        guard.advanced("order:1", new FencingToken(7, new Holder(1, 2)), Duration.ofMillis(3));
        guard.refused(new StaleTokenException("order:1", 6, 7, null));
        guard.retried(new StaleTokenException("order:1", 6, 7, null));
        guard.failed(new FencingGuardException(FencingGuardException.Kind.UNKNOWN, "no reply", null));
    }
}
