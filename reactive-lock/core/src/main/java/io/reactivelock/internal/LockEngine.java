package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.WaitQueue;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Puts the parts of one client together, and takes them apart at its end. */
final class LockEngine {
    private static final Logger LOG = Loggers.getLogger(LockEngine.class);

    final EngineRuntime runtime;
    final RenewalBatcher renewals;
    final LocalQueues queues;
    final WaiterLimit waiters;
    final BackendGateway gateway;

    private final LockBackend backend;
    private final LeaseTimes leaseTimes;
    private final Scheduler timerScheduler;
    /** None where the user gave a scheduler. */
    private final @Nullable ElasticThreads ownThreads;

    private final Sinks.Empty<Void> closed = Sinks.empty();

    LockEngine(LockBackend backend, LockClientOptions options) {
        this(
                backend,
                options,
                new HolderSource(),
                bound -> ThreadLocalRandom.current().nextLong(bound));
    }

    /** All that is left to chance comes from outside, so that a simulation can be repeated. */
    LockEngine(LockBackend backend, LockClientOptions options, HolderSource holders, LongUnaryOperator random) {
        this.backend = backend;
        leaseTimes = backend.leaseTimes();
        // a thread of our own for the timer: no user code runs there, so none can delay a renewal (G6)
        timerScheduler = options.scheduler().orElseGet(() -> Schedulers.newSingle("reactive-lock", true));
        Scheduler given = options.scheduler().orElse(null);
        Executor threads;
        if (given == null) {
            ElasticThreads own = new ElasticThreads(timerScheduler);
            ownThreads = own;
            threads = own;
        } else {
            ownThreads = null;
            threads = given::schedule;
        }
        LeaseClock clock = new LeaseClock(timerScheduler, options.suspendDetection());
        SignalThreads signals = new SignalThreads(threads, clock);
        ReleaseGate gate = new ReleaseGate(signals);
        Observation observation = new Observation(options.observer());
        renewals = new RenewalBatcher(backend, clock, gate, observation);
        runtime = new EngineRuntime(
                options,
                clock,
                new TimerQueue(clock, timerScheduler.createWorker(), renewals::flush),
                new BackOff(options.minBackOff(), options.maxBackOff(), random),
                holders,
                new PendingWork(),
                signals,
                observation,
                new AtomicBoolean());
        backend.start(timerScheduler);
        Resubscription again = new Resubscription(runtime.backOff(), timerScheduler, signals, clock);
        WaitQueue waitQueue = backend.waitQueue().orElse(null);
        gateway = new BackendGateway(
                runtime,
                backend,
                gate,
                renewals,
                waitQueue,
                waitQueue == null ? null : new WaitSignalDispatcher(waitQueue, again),
                backend.lossSignals()
                        .map(losses -> new LossSignalDispatcher(losses, again))
                        .orElse(null));
        waiters = new WaiterLimit(options.maxWaiters());
        queues = new LocalQueues(runtime, gateway, waiters);
    }

    /** Tries once. */
    Mono<Lease> tryAcquire(LockRequest request) {
        return new MonoAcquire(runtime, request, queues::tryAcquire);
    }

    /** Tries until the deadline. */
    Mono<Lease> acquire(LockRequest request) {
        return new MonoAcquire(runtime, request, queues::acquire);
    }

    LeaseTimes leaseTimes() {
        return leaseTimes;
    }

    Mono<Void> connect() {
        return translated("connect", gateway.connect());
    }

    Mono<Void> ping(Duration within) {
        return translated(
                "ping",
                gateway.ping()
                        .timeout(
                                within,
                                Mono.error(() -> new LockBackendException(
                                        "ping",
                                        LockBackendException.Kind.TRANSIENT,
                                        "no answer from the backend within " + Durations.text(within),
                                        null)),
                                timerScheduler));
    }

    private static Mono<Void> translated(String call, Mono<Void> result) {
        return result.onErrorMap(e -> BackendErrors.of(call, e));
    }

    Mono<Void> close() {
        return Mono.defer(() -> {
            if (runtime.closing().compareAndSet(false, true)) {
                shutDown();
            }
            return ForeignCode.told(closed.asMono(), "a subscriber, as the client had closed");
        });
    }

    private void shutDown() {
        runtime.timers()
                .snapshot()
                .forEach(entry -> ForeignCode.run("what was to end with its client", entry::onDispose));
        stage("Not every release was answered", () -> runtime.pending().whenIdle())
                .then(stage("The signals of the backend did not end", () -> Mono.fromRunnable(gateway::stopListening)))
                .then(stage("The backend did not close", backend::close))
                // on a signal thread, for a timer thread that ends itself interrupts what it still runs
                .doFinally(end -> runtime.signals().run(this::stop))
                .subscribe(nothing -> {}, e -> LOG.error("Close failed", e));
    }

    /** One part of the end: over when its bound is, and the next one follows whatever it ends with. (C7) */
    private Mono<Void> stage(String failure, Supplier<Mono<Void>> part) {
        return ForeignCode.<Void>mono(part)
                .timeout(runtime.options().disposeTimeout(), timerScheduler)
                .onErrorResume(e -> {
                    LOG.warn(failure, e);
                    return Mono.empty();
                });
    }

    private void stop() {
        ForeignCode.run("the end of the timer", runtime.timers()::close);
        if (ownThreads != null) {
            timerScheduler.dispose();
            ownThreads.close();
        }
        closed.tryEmitEmpty();
    }
}
