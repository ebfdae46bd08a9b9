package io.reactivelock.chaos;

import io.reactivelock.Lease;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Acquires, and cancels at a random moment: before the request, in flight, at the server, during the reply, in the queue. */
final class Cancels {
    private static final Duration INTERVAL = Duration.ofMillis(7);
    private static final int AT_ONCE = 16;
    private static final int NAMES = 48;
    /** Around the time that a free lock takes, and around the time that a wait takes. */
    private static final int[] LATEST_MICROS = {3_000, 30_000};

    private final SpanRun run;

    Cancels(SpanRun run) {
        this.run = run;
    }

    Mono<Void> carryOut() {
        return Load.every(run, INTERVAL, AT_ONCE, Mono.defer(this::once));
    }

    private Mono<Void> once() {
        String name = "cancelled/" + run.span() + "/" + run.random().nextInt(NAMES);
        int micros = 1 + run.random().nextInt(LATEST_MICROS[run.random().nextInt(LATEST_MICROS.length)]);
        Mono<Long> moment = Mono.delay(Duration.ofNanos(micros * 1_000L), Schedulers.parallel());
        AtomicBoolean arrived = new AtomicBoolean();
        long asked = System.nanoTime();
        Mono<Lease> acquire = run.clients()
                .locks()
                .acquire(Load.request(run, name))
                .doOnNext(lease -> {
                    arrived.set(true);
                    run.history().add(new HistoryEntry.Granted(name, lease.token(), asked, System.nanoTime()));
                })
                .doOnCancel(() -> {
                    if (!arrived.get()) {
                        run.history().count(CountedEvent.CANCELS);
                    }
                });
        // whoever cancels in whichever moment, a lease that came is released
        return Mono.usingWhen(acquire, lease -> Mono.<Void>empty(), run::release)
                .takeUntilOther(moment);
    }
}
