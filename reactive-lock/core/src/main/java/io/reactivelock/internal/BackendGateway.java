package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/** What the engine asks of the backend, with the queue where it has one and without it where it has none. */
final class BackendGateway {
    private static final Logger LOG = Loggers.getLogger(BackendGateway.class);

    private final EngineRuntime runtime;
    private final LockBackend backend;
    private final ReleaseGate gate;
    private final RenewalBatcher renewals;
    private final @Nullable WaitQueue waitQueue;
    private final @Nullable WaitSignalDispatcher dispatcher;
    private final @Nullable LossSignalDispatcher losses;
    private final RepeatedWarning unclaimed;
    private volatile boolean answered;

    BackendGateway(
            EngineRuntime runtime,
            LockBackend backend,
            ReleaseGate gate,
            RenewalBatcher renewals,
            @Nullable WaitQueue waitQueue,
            @Nullable WaitSignalDispatcher dispatcher,
            @Nullable LossSignalDispatcher losses) {
        this.runtime = runtime;
        this.backend = backend;
        this.gate = gate;
        this.renewals = renewals;
        this.waitQueue = waitQueue;
        this.dispatcher = dispatcher;
        this.losses = losses;
        unclaimed = new RepeatedWarning(
                LOG, "Could not release an unclaimed grant; it ends with its lease time", runtime.clock()::nanos);
    }

    /** Whether one who finds the lock held leaves an entry at the backend, and is told of its turn. */
    boolean queues() {
        return waitQueue != null;
    }

    /** One attempt of somebody who would not wait. */
    Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return backend.tryAcquire(command);
    }

    /** One attempt of somebody who would wait. */
    Mono<AttemptResult> enqueue(AcquireCommand command) {
        return waitQueue == null
                ? backend.tryAcquire(command)
                : waitQueue.enqueue(command, runtime.options().maxBackOff());
    }

    /** Adds a lease to the renewals that leave together. On the timer thread. */
    void renew(RenewalBatcher.Renewable lease) {
        renewals.add(lease);
    }

    /**
     * Ends a lease that was released: at once, or on the server by itself at a time that is to come (C10). The result comes to whoever
     * subscribes, whenever: the answer, or an error after the wait time. The release goes on until the lease time is over.
     *
     * @param notBefore until when the lock stays taken, on the monotonic clock
     */
    Mono<Boolean> release(String name, Holder holder, long notBefore, Duration waitTime, Duration leaseTime) {
        Mono<Boolean> end = ForeignCode.mono(
                () -> leftUntil(notBefore) > 0 ? shorten(name, holder, notBefore) : backend.release(name, holder));
        return start(name, end, waitTime, leaseTime);
    }

    /** The same for a lease that was lost. Needs no result. */
    void compensate(String name, Holder holder, long notBefore, Duration leaseTime) {
        unawaited(
                name,
                ForeignCode.mono(
                        () -> leftUntil(notBefore) > 0 ? shorten(name, holder, notBefore) : undo(name, holder)),
                leaseTime);
    }

    /** Releases what an acquire got, or may still get, and nobody will use. Needs no result. (A1, A3, G2) */
    void compensate(String name, Holder holder, Duration leaseTime) {
        unawaited(name, ForeignCode.mono(() -> undo(name, holder)), leaseTime);
    }

    private long leftUntil(long time) {
        return time - runtime.clock().nanos();
    }

    private Mono<Boolean> shorten(String name, Holder holder, long end) {
        Duration left = Duration.ofNanos(Math.max(1, leftUntil(end)));
        Duration shortest = backend.leaseTimes().shortest();
        Renewal rest = new Renewal(name, holder, left.compareTo(shortest) < 0 ? shortest : left);
        return backend.renew(List.of(rest)).next().map(RenewalResult.Renewed.class::isInstance);
    }

    private Mono<Boolean> undo(String name, Holder holder) {
        return waitQueue == null
                ? backend.release(name, holder)
                : waitQueue.leave(name, holder).thenReturn(true);
    }

    private void unawaited(String name, Mono<Boolean> call, Duration leaseTime) {
        start(name, call, leaseTime, leaseTime).subscribe(freed -> {}, unclaimed::tell);
    }

    private Mono<Boolean> start(String name, Mono<Boolean> call, Duration waitTime, Duration leaseTime) {
        return new ReleaseTask(runtime, gate, name, call, waitTime, leaseTime).start();
    }

    /** The backend's queue may signal this waiter. To be called before its first attempt, for a signal can overtake the answer. */
    void addWaiter(Holder holder, WaitSignalDispatcher.Waiter waiter) {
        if (dispatcher != null) {
            dispatcher.addWaiter(holder, waiter);
        }
    }

    void removeWaiter(Holder holder) {
        if (dispatcher != null) {
            dispatcher.removeWaiter(holder);
        }
    }

    /**
     * This client has the lock under a grant. To be called before anyone has the lease.
     *
     * @param handsOff whether the lock may be handed off inside the client, so that it matters who else waits
     */
    void addGrant(Holder holder, GrantListener grant, boolean handsOff) {
        if (dispatcher != null && handsOff) {
            dispatcher.addBatch(holder, grant);
        }
        if (losses != null) {
            losses.add(holder, grant);
        }
    }

    void removeGrant(Holder holder) {
        if (dispatcher != null) {
            dispatcher.removeBatch(holder);
        }
        if (losses != null) {
            losses.remove(holder);
        }
    }

    /** An attempt was answered, so there is a connection, or was. */
    void answered() {
        if (!answered) {
            answered = true;
        }
    }

    boolean hasAnswered() {
        return answered;
    }

    /** Opens what the first acquire would have to open. */
    Mono<Void> connect() {
        return ForeignCode.<Void>mono(backend::connect).doOnSuccess(done -> {
            answered();
            listen();
        });
    }

    Mono<Void> ping() {
        return ForeignCode.mono(backend::ping);
    }

    /** A waiter found the lock held: from now on signals are needed. */
    void listen() {
        if (dispatcher != null) {
            dispatcher.listen();
        }
    }

    /** How many the backend may signal. */
    int signalled() {
        return (dispatcher == null ? 0 : dispatcher.size()) + (losses == null ? 0 : losses.size());
    }

    void stopListening() {
        if (dispatcher != null) {
            dispatcher.close();
        }
        if (losses != null) {
            losses.close();
        }
    }
}
