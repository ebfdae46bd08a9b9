package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.WaitQueue;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongUnaryOperator;
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
    final RenewalBatcher renewals;
    final HolderSource holders;
    final PendingWork pending = new PendingWork();

    /** How many acquires found the lock held, and wait. */
    final AtomicInteger waiting = new AtomicInteger();

    final @Nullable WaitSignalDispatcher signals;
    private final @Nullable WaitQueue waitQueue;
    private final ConcurrentMap<String, LocalQueue> queues = new ConcurrentHashMap<>();

    private final Scheduler timerScheduler;
    private final Scheduler signalScheduler;
    private final AtomicBoolean disposing = new AtomicBoolean();
    private final Sinks.Empty<Void> disposed = Sinks.empty();

    LockEngine(LockBackend backend, LockClientOptions options) {
        this(
                backend,
                options,
                new HolderSource(new SecureRandom()),
                bound -> ThreadLocalRandom.current().nextLong(bound));
    }

    /** All that is left to chance comes from outside, so that a simulation can be repeated. */
    LockEngine(LockBackend backend, LockClientOptions options, HolderSource holders, LongUnaryOperator random) {
        this.backend = backend;
        this.options = options;
        // a thread of our own for the timer: no user code runs there, so none can delay a renewal. // G6
        timerScheduler = options.scheduler().orElseGet(() -> Schedulers.newSingle("reactive-lock", true));
        signalScheduler = options.scheduler().orElseGet(Schedulers::boundedElastic);
        clock = new LeaseClock(timerScheduler, options.suspendDetection());
        renewals = new RenewalBatcher(backend, clock, this::signal);
        timers = new TimerQueue(clock, timerScheduler.createWorker(), renewals::flush);
        backOff = new BackOff(options.minBackOff(), options.maxBackOff(), random);
        this.holders = holders;
        waitQueue = backend instanceof WaitQueue queue ? queue : null;
        signals = waitQueue == null ? null : new WaitSignalDispatcher(waitQueue, backOff, signalScheduler);
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

    /** The queue of a lock name; a new one where there is none. */
    LocalQueue queue(LockRequest request) {
        LocalQueue known = queues.get(request.name());
        if (known != null) {
            return known;
        }
        LocalQueue fresh = new LocalQueue(this, request);
        LocalQueue other = queues.putIfAbsent(request.name(), fresh);
        return other != null ? other : fresh;
    }

    void removeQueue(String name, LocalQueue queue) {
        queues.remove(name, queue);
    }

    /** How many lock names someone holds or wants. */
    int queues() {
        return queues.size();
    }

    void addContender(Holder holder, BackendAcquirer contender) {
        if (signals != null) {
            signals.add(holder, contender);
        }
    }

    void removeContender(Holder holder) {
        if (signals != null) {
            signals.remove(holder);
        }
    }

    /** The queue may hand a lock on under this holder, and should hear when others wait. */
    void addRun(Holder holder, LocalQueue queue) {
        if (signals != null) {
            signals.addRun(holder, queue);
        }
    }

    void removeRun(Holder holder) {
        if (signals != null) {
            signals.removeRun(holder);
        }
    }

    /** One attempt of somebody who would wait. */
    Mono<AttemptResult> attempt(AcquireCommand command) {
        return waitQueue == null ? backend.tryAcquire(command) : waitQueue.enqueue(command, options.maxBackOff());
    }

    /** Lets a contender wait that found the lock held: for a signal where there is one, and not for ever. // F1, F2 */
    void park(BackendAcquirer contender, AttemptResult held) {
        if (signals != null) {
            signals.listen();
        }
        if (held instanceof AttemptResult.Queued queued) {
            contender.park(backOff.queued(queued.checkAfter(), queued.remaining()));
        } else if (held instanceof AttemptResult.Busy busy && signals != null) {
            contender.park(backOff.queued(options.maxBackOff(), busy.remaining()));
        } else if (held instanceof AttemptResult.Busy busy) {
            contender.parkForPoll(busy.remaining());
        }
    }

    LockBackendException tooManyWaiters(String name) {
        return new LockBackendException(
                name,
                LockBackendException.Kind.TRANSIENT,
                options.maxWaiters() + " acquires wait already; see LockClientOptions.maxWaiters",
                null);
    }

    /** Takes back what an acquire got, or may still get, and nobody will use. Needs no result. // A1, A3, G2 */
    void compensate(String name, Duration leaseTime, Holder holder) {
        Mono<Boolean> undo = Mono.defer(() -> waitQueue == null
                ? backend.release(name, holder)
                : waitQueue.leave(name, holder).thenReturn(true));
        new ReleaseTask(this, name, undo, leaseTime)
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
        timers.snapshot().forEach(TimerEntry::onDispose);
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
        if (signals != null) {
            signals.close();
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
