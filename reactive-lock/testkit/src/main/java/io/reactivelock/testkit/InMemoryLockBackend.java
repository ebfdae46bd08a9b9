package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.LossSignals;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The reference implementation of the SPI, in the memory of this JVM: for tests of code that uses locks, and as the model that other
 * backends are compared with.
 *
 * <p>The server's clock is a {@link Scheduler}, read as {@code now(NANOSECONDS)}; with a {@code VirtualTimeScheduler} a test drives
 * it. Answers come within the call of {@code subscribe}. Waiters are served in the order in which they came: a release grants the
 * lock to the next one, for a second within which that one has to renew it.
 *
 * <p>Several clients may share one instance, as processes share a server. Safe for use by several threads.
 *
 * <pre>{@code
 * LockClient locks = LockClient.create(InMemoryLockBackend.create());
 * }</pre>
 */
public final class InMemoryLockBackend implements LockBackend, WaitQueue, LossSignals {
    private static final LeaseTimes LEASE_TIMES =
            new LeaseTimes(Duration.ofNanos(1), Duration.ofDays(365), Duration.ofNanos(1));
    private static final Duration THEFT = Duration.ofDays(1);

    private final Scheduler clock;
    private final List<FluxSink<WaitSignal>> listeners = new CopyOnWriteArrayList<>();
    private final List<FluxSink<Holder>> lossListeners = new CopyOnWriteArrayList<>();
    private final CallCounter calls = new CallCounter();

    /** Guarded by this. */
    private final Map<String, InMemoryLock> locks = new HashMap<>();

    /** Guarded by this; told to the listeners once it is let go of, for a listener runs foreign code. */
    private final List<WaitSignal> told = new ArrayList<>();

    private InMemoryLockBackend(Scheduler clock) {
        this.clock = clock;
    }

    /** Returns a new server whose clock is the JVM's monotonic clock. */
    public static InMemoryLockBackend create() {
        return create(Schedulers.parallel());
    }

    /**
     * A new server.
     *
     * @param clock the server's clock; nothing is scheduled on it
     * @return the server
     */
    public static InMemoryLockBackend create(Scheduler clock) {
        return new InMemoryLockBackend(clock);
    }

    /** Returns the same server as a backend that has no queue, so that waiters have to poll. */
    public LockBackend withoutQueue() {
        return new OpenBackend(this) {
            @Override
            public Optional<WaitQueue> waitQueue() {
                return Optional.empty();
            }
        };
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return Mono.fromSupplier(
                () -> call(LockOperation.TRY_ACQUIRE, command.name(), lock -> lock.tryAcquire(command, now())));
    }

    @Override
    public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
        return Mono.fromSupplier(
                () -> call(LockOperation.ENQUEUE, command.name(), lock -> lock.enqueue(command, checkInterval, now())));
    }

    @Override
    public Mono<Void> leave(String name, Holder holder) {
        return Mono.fromRunnable(() -> call(LockOperation.LEAVE, name, lock -> {
            lock.leave(holder, now());
            return true;
        }));
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return Flux.defer(() -> {
            List<RenewalResult> results = renewals.stream().map(this::renew).toList();
            calls.add(LockOperation.RENEW);
            return Flux.fromIterable(results);
        });
    }

    private RenewalResult renew(Renewal renewal) {
        boolean held = with(renewal.name(), lock -> lock.renew(renewal.holder(), renewal.leaseTime(), now()));
        return held
                ? new RenewalResult.Renewed(renewal.holder(), renewal.leaseTime())
                : new RenewalResult.Lost(renewal.holder());
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return Mono.fromSupplier(() -> call(LockOperation.RELEASE, name, lock -> lock.release(holder, now())));
    }

    @Override
    public Flux<WaitSignal> signals() {
        return Flux.create(listener -> {
            listener.onDispose(() -> listeners.remove(listener));
            listeners.add(listener);
            listener.next(new WaitSignal.Recheck());
        });
    }

    @Override
    public Flux<Holder> losses() {
        return Flux.create(listener -> {
            listener.onDispose(() -> lossListeners.remove(listener));
            lossListeners.add(listener);
        });
    }

    @Override
    public Consistency consistency() {
        return Consistency.LINEARIZABLE;
    }

    @Override
    public Optional<WaitQueue> waitQueue() {
        return Optional.of(this);
    }

    @Override
    public Optional<LossSignals> lossSignals() {
        return Optional.of(this);
    }

    @Override
    public LeaseTimes leaseTimes() {
        return LEASE_TIMES;
    }

    @Override
    public Mono<Void> ping() {
        return Mono.empty();
    }

    /** Does nothing: other clients may use this server. */
    @Override
    public Mono<Void> close() {
        return Mono.empty();
    }

    /** Returns who holds the lock now. */
    public Optional<Holder> heldBy(String name) {
        return with(name, lock -> Optional.ofNullable(lock.holder(now())));
    }

    /** Returns for how long the lock is held if nothing is renewed; zero where nobody holds it. */
    public Duration remaining(String name) {
        return with(name, lock -> lock.remaining(now()));
    }

    /** Returns who waits for the lock, the next one first. */
    public List<Holder> waiters(String name) {
        return with(name, InMemoryLock::queue);
    }

    /** Returns the highest token that was given for the name, 0 if there was none. */
    public long lastToken(String name) {
        return with(name, InMemoryLock::token);
    }

    /** Returns how many times the operation was carried out so far. */
    public long calls(LockOperation operation) {
        return calls.total(operation);
    }

    /**
     * Waits for calls.
     *
     * @param operation what to count
     * @param total the number of {@link #calls} to wait for
     * @return completes when so many were carried out; a cancel ends the wait
     */
    public Mono<Void> whenCalled(LockOperation operation, long total) {
        return calls.reaches(operation, total);
    }

    /** Returns how many clients listen for signals of waiters. */
    public int listeners() {
        return listeners.size();
    }

    /**
     * Ends the lease of a lock at once, as if its lease time had passed. Nobody is told.
     *
     * @param name the lock name
     */
    public void expire(String name) {
        with(name, lock -> {
            lock.expire(now());
            return true;
        });
    }

    /**
     * Ends the lease of a lock at once and tells its client, as a server does whose session with it died. The lock goes to the next
     * waiter.
     *
     * @param name the lock name
     */
    public void endLease(String name) {
        Optional<Holder> ended = with(name, lock -> Optional.ofNullable(lock.end(now())));
        ended.ifPresent(holder -> lossListeners.forEach(listener -> listener.next(holder)));
    }

    /**
     * Takes the lock away from whoever holds it and gives it to somebody else for a day, past the queue. Nobody is told.
     *
     * @param name the lock name
     * @return the token that the thief got
     */
    public long steal(String name) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        AcquireCommand thief = new AcquireCommand(name, new Holder(random.nextLong(), random.nextLong()), THEFT, 0, 1);
        return with(name, lock -> lock.steal(thief, now()));
    }

    /** Loses all: locks, queues and the counters of tokens, as a server does that persists nothing and starts anew. */
    public synchronized void forget() {
        locks.clear();
    }

    private long now() {
        return clock.now(TimeUnit.NANOSECONDS);
    }

    private <T> T call(LockOperation operation, String name, Function<InMemoryLock, T> step) {
        try {
            return with(name, step);
        } finally {
            calls.add(operation);
        }
    }

    /** One atomic step of the server, and then the signals that it caused. */
    private <T> T with(String name, Function<InMemoryLock, T> step) {
        T result;
        List<WaitSignal> signals;
        synchronized (this) {
            result = step.apply(locks.computeIfAbsent(name, unseen -> new InMemoryLock(told::add)));
            signals = List.copyOf(told);
            told.clear();
        }
        signals.forEach(signal -> listeners.forEach(listener -> listener.next(signal)));
        return result;
    }
}
