package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.DelegatingLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A backend with a network in between that does what a test scripts. What was sent is sent: a cancel drops the answer, and does not
 * keep the request from the server.
 *
 * <pre>{@code
 * FaultyLockBackend network = FaultyLockBackend.around(InMemoryLockBackend.create(), Schedulers.parallel());
 * network.next(LockOperation.TRY_ACQUIRE, LockFault.loseReply());
 * network.always(LockOperation.RENEW, LockFault.delayReply(Duration.ofSeconds(3)));
 * }</pre>
 *
 * <p>Safe for use by several threads; faults are taken in the order of the calls.
 */
public final class FaultyLockBackend extends DelegatingLockBackend {
    private final Scheduler network;
    private final CallCounter calls = new CallCounter();

    /** Guarded by this, as the next. */
    private final Map<LockOperation, Queue<List<LockFault>>> next = new EnumMap<>(LockOperation.class);

    private final Map<LockOperation, List<LockFault>> always = new EnumMap<>(LockOperation.class);

    private final @Nullable FaultyWaitQueue queue;

    private FaultyLockBackend(LockBackend backend, Scheduler network) {
        super(backend);
        this.network = network;
        queue = backend.waitQueue()
                .map(it -> new FaultyWaitQueue(this, it, network))
                .orElse(null);
    }

    /**
     * Puts a network in front of a backend.
     *
     * @param backend the backend
     * @param network runs what is late
     * @return the backend as seen through the network, with its queue where it has one
     */
    public static FaultyLockBackend around(LockBackend backend, Scheduler network) {
        return new FaultyLockBackend(backend, network);
    }

    /**
     * Scripts one call: the next one of this operation for which nothing is scripted yet.
     *
     * @param operation the operation
     * @param faults what happens to the call, the first nearest to the server; none for a call that is left alone
     */
    public synchronized void next(LockOperation operation, LockFault... faults) {
        next.computeIfAbsent(operation, first -> new ArrayDeque<>()).add(List.of(faults));
    }

    /**
     * Scripts all calls of an operation for which nothing else is scripted, until {@link #heal()}.
     *
     * @param operation the operation
     * @param faults what happens to each call, the first nearest to the server
     */
    public synchronized void always(LockOperation operation, LockFault... faults) {
        always.put(operation, List.of(faults));
    }

    /** Forgets all that is scripted. What is on its way stays late or lost. */
    public void heal() {
        synchronized (this) {
            next.clear();
            always.clear();
        }
        if (queue != null) {
            queue.heal();
        }
    }

    @Override
    public Optional<WaitQueue> waitQueue() {
        return Optional.ofNullable(queue);
    }

    /**
     * Delays all signals of waiters from now on, until {@link #heal()}.
     *
     * @param delay the time
     */
    public void delaySignals(Duration delay) {
        requireQueue().delaySignals(delay);
    }

    /** Loses all signals of waiters, silently, until {@link #heal()}. */
    public void loseSignals() {
        requireQueue().loseSignals();
    }

    /** Ends every subscription to the signals of waiters in an error of unknown outcome, as a lost connection does. */
    public void breakSignals() {
        requireQueue().breakSignals();
    }

    private FaultyWaitQueue requireQueue() {
        return Objects.requireNonNull(queue, "the backend keeps no queue");
    }

    /** Returns how many calls of the operation were sent so far. */
    public long calls(LockOperation operation) {
        return calls.total(operation);
    }

    /**
     * Waits for calls.
     *
     * @param operation what to count
     * @param total the number of {@link #calls} to wait for
     * @return completes when so many were sent; a cancel ends the wait
     */
    public Mono<Void> whenCalled(LockOperation operation, long total) {
        return calls.reaches(operation, total);
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return send(LockOperation.TRY_ACQUIRE, command.name(), backend().tryAcquire(command), AttemptResult.class)
                .next();
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return send(LockOperation.RENEW, renewals.get(0).name(), backend().renew(renewals), RenewalResult.class);
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return send(LockOperation.RELEASE, name, backend().release(name, holder), Boolean.class)
                .next();
    }

    <T> Flux<T> send(LockOperation operation, String lockName, Publisher<T> request, Class<T> type) {
        return Flux.defer(() -> {
            Flux<Object> call = Flux.from(request).cast(Object.class);
            for (LockFault fault : takeFaults(operation)) {
                call = fault.apply(call, lockName, network);
            }
            // the replay subscribes once and is never cancelled
            Flux<T> detached = call.replay().autoConnect().cast(type);
            return detached.doOnSubscribe(sent -> calls.add(operation));
        });
    }

    private synchronized List<LockFault> takeFaults(LockOperation operation) {
        Queue<List<LockFault>> scripted = next.get(operation);
        List<LockFault> faults = scripted == null ? null : scripted.poll();
        return faults != null ? faults : always.getOrDefault(operation, List.of());
    }
}
