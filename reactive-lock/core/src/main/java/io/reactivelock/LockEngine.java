package io.reactivelock;

import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.WaitQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.Logger;
import reactor.util.Loggers;

/** What the leases and acquires of one client share, and its end. */
final class LockEngine {
    private static final Logger LOG = Loggers.getLogger(LockEngine.class);

    final LockBackend backend;
    final LockClientOptions options;
    final LeaseClock clock;
    final TimerQueue timers;
    final BackOff backOff;
    final Renewals renewals;
    final HolderSource holders = new HolderSource();
    final Pending pending = new Pending();

    /** How many acquires found the lock held, and wait. */
    final AtomicInteger waiting = new AtomicInteger();

    final @Nullable Waiters waiters;

    private final Scheduler timerScheduler;
    private final Scheduler signalScheduler;
    private final AtomicBoolean disposing = new AtomicBoolean();
    private final Sinks.Empty<Void> disposed = Sinks.empty();

    LockEngine(LockBackend backend, LockClientOptions options) {
        this.backend = backend;
        this.options = options;
        // a thread of our own for the timer: no user code runs there, so none can delay a renewal. // G6
        timerScheduler = options.scheduler().orElseGet(() -> Schedulers.newSingle("reactive-lock", true));
        signalScheduler = options.scheduler().orElseGet(Schedulers::boundedElastic);
        clock = new LeaseClock(timerScheduler, options.suspendDetection());
        renewals = new Renewals(backend, clock);
        timers = new TimerQueue(clock, timerScheduler.createWorker(), renewals::flush);
        backOff = new BackOff(options.minBackOff(), options.maxBackOff());
        waiters = backend instanceof WaitQueue queue
                ? new Waiters(queue, options.minBackOff(), options.maxBackOff(), signalScheduler)
                : null;
    }

    boolean isDisposed() {
        return disposing.get();
    }

    /** Runs what may call user code on a signal thread, and rather on the timer thread than not at all. */
    void signal(Runnable signal) {
        try {
            signalScheduler.schedule(signal);
        } catch (RejectedExecutionException e) {
            LOG.warn("The signal threads took no more work; a signal is delivered on the timer thread", e);
            signal.run();
        }
    }

    /** Takes back what an acquire got, or may still get, and nobody will use. Needs no result. // A1, A3, G2 */
    void compensate(LockRequest request, Holder holder) {
        Mono<Boolean> undo = Mono.defer(() -> waiters == null
                ? backend.release(request.name(), holder)
                : waiters.queue().leave(request.name(), holder).thenReturn(true));
        new GiveBack(this, request.name(), undo, request.leaseTime())
                .start()
                .subscribe(
                        freed -> {},
                        e -> LOG.warn("What nobody received could not be given back; it ends with its lease time", e));
    }

    Mono<Void> disposeLater() {
        return Mono.defer(() -> {
            if (disposing.compareAndSet(false, true)) {
                dispose();
            }
            return disposed.asMono();
        });
    }

    private void dispose() {
        timers.snapshot().forEach(Timed::onDispose);
        Mono<Void> closeBackend = Mono.defer(backend::disposeLater)
                .timeout(options.disposeTimeout(), timerScheduler)
                .onErrorResume(e -> {
                    LOG.warn("The backend did not close", e);
                    return Mono.empty();
                });
        pending.whenIdle()
                .timeout(options.disposeTimeout(), Mono.empty(), timerScheduler)
                .then(Mono.fromRunnable(this::stopListening))
                .then(closeBackend)
                .subscribe(ignored -> {}, e -> LOG.error("Dispose failed", e), () -> signal(this::stopTimer));
    }

    private void stopListening() {
        if (waiters != null) {
            waiters.close();
        }
    }

    /** On a signal thread, for a timer thread that ends itself interrupts what it still runs. */
    private void stopTimer() {
        timers.close();
        if (options.scheduler().isEmpty()) {
            timerScheduler.dispose();
        }
        disposed.tryEmitEmpty();
    }
}
