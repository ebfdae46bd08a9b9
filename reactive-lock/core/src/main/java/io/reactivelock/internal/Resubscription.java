package io.reactivelock.internal;

import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.retry.Retry;

/** Subscribes again to a backend's signals after they broke off, sooner at first and later if that goes on. */
record Resubscription(BackOff backOff, Scheduler timer, SignalThreads signals, LeaseClock clock) {
    private static final Logger LOG = Loggers.getLogger(Resubscription.class);

    Retry after(String what) {
        RepeatedWarning brokeOff =
                new RepeatedWarning(LOG, "The " + what + " broke off, subscribing again", clock::nanos);
        return Retry.from(failures -> failures.map(Retry.RetrySignal::copy).concatMap(broken -> {
            brokeOff.tell(broken.failure());
            int attempt = (int) Math.min(broken.totalRetriesInARow(), Integer.MAX_VALUE);
            return Mono.delay(Duration.ofNanos(backOff.polling(attempt)), timer)
                    .then(Mono.create(sink -> signals.run(() -> sink.success(attempt))));
        }));
    }
}
