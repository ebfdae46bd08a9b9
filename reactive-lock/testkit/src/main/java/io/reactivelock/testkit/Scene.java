package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.LockBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One lock name, one client and more that wait, on a faulty network, and an observer at the server. */
final class Scene implements AutoCloseable {
    /** Longer than any wait of a contract: what is free before it has been given back. */
    private static final Duration LONG = Duration.ofMinutes(2);

    final String name = LockBackendContract.newName();
    final FaultyLockBackend network;
    final LockSubject client;
    final LockBackend observer;
    private final LockBackend backend;
    private final LockSubjectSource source;
    private final ContractTime time;
    private final LockClientOptions options;
    private final List<LockSubject> rivals = new ArrayList<>();
    /** Whom the observer took the lock for. */
    private final List<Holder> outsiders = new ArrayList<>();

    Scene(LockSubjectSource source) {
        this(source, UnaryOperator.identity());
    }

    Scene(LockSubjectSource source, UnaryOperator<LockClientOptions> options) {
        this.source = source;
        this.time = source.time();
        backend = source.backend();
        network = FaultyLockBackend.around(new OpenBackend(backend), time.scheduler());
        this.options = options.apply(time.options().backOff(Duration.ofMillis(5), Duration.ofMillis(100)));
        client = source.open(network, this.options);
        observer = source.backend();
    }

    /** A request whose lease ends after the test, and that waits for as long as the test does. */
    LockRequest request() {
        return LockRequest.of(name).leaseTime(LONG).waitTime(Duration.ofSeconds(25));
    }

    /** A request whose lease ends soon, where it is not renewed. */
    LockRequest shortRequest() {
        return request().leaseTime(source.leaseTime());
    }

    /** A request whose lease is renewed often, and is not lost if the machine that runs the test is slow. */
    LockRequest renewingRequest() {
        return request().renewalInterval(source.leaseTime().dividedBy(5));
    }

    /** What an acquire of this client sends. */
    LockOperation acquireOperation() {
        return network.waitQueue().isPresent() ? LockOperation.ENQUEUE : LockOperation.TRY_ACQUIRE;
    }

    <T> T await(Mono<T> value) {
        return time.await(value);
    }

    void awaitEnd(Mono<?> value) {
        time.await(value.then(Mono.just(true)));
    }

    Lease acquired() {
        return await(client.acquire(request()));
    }

    Duration elapsed(Runnable action) {
        long start = time.nanos();
        action.run();
        return Duration.ofNanos(time.nanos() - start);
    }

    /** Starts an acquire of another client, and waits until it has found the lock held. */
    Waiter waiter() {
        LockSubject rival = source.open(network, options);
        rivals.add(rival);
        long sent = network.calls(acquireOperation());
        Waiter waiter = new Waiter(rival.acquire(request()));
        awaitEnd(network.whenCalled(acquireOperation(), sent + 1));
        return waiter;
    }

    /** Asks the server, in the name of the holder, for the token of its grant. */
    long tokenOf(Holder holder) {
        AttemptResult result = await(observer.tryAcquire(new AcquireCommand(name, holder, LONG, 0, 1)));
        assertThat(result).isInstanceOf(Granted.class);
        return ((Granted) result).token();
    }

    boolean isFree() {
        Holder holder = LockBackendContract.newHolder();
        boolean free = await(observer.tryAcquire(new AcquireCommand(name, holder, LONG, 0, 1))) instanceof Granted;
        if (free) {
            assertThat(await(observer.release(name, holder))).isTrue();
        }
        return free;
    }

    /** Waits until the lock is free, and takes it from the observer's side, for a lease time. */
    Holder takeWhenFree(Duration leaseTime) {
        Holder holder = LockBackendContract.newHolder();
        Mono<AttemptResult> attempt = observer.tryAcquire(new AcquireCommand(name, holder, leaseTime, 0, 1));
        await(attempt.filter(Granted.class::isInstance)
                .repeatWhenEmpty(tries -> tries.delayElements(Duration.ofMillis(5), time.scheduler())));
        outsiders.add(holder);
        return holder;
    }

    /** Waits until the lock is free: given back, since the lease time of {@link #request()} is longer than the wait. */
    void awaitFree() {
        assertThat(await(observer.release(name, takeWhenFree(LONG)))).isTrue();
    }

    /** Ends all clients, on a network that is well again: then the lock is free. // A1, A3, C7 */
    @Override
    public void close() {
        network.heal();
        awaitEnd(client.close());
        rivals.forEach(rival -> awaitEnd(rival.close()));
        outsiders.forEach(holder -> awaitEnd(observer.release(name, holder)));
        awaitFree();
        awaitEnd(observer.close());
        awaitEnd(backend.close());
    }

    /** An acquire on its way. */
    static final class Waiter {
        final Mono<Lease> lease;
        private final Disposable subscription;

        Waiter(Mono<Lease> acquire) {
            // a lease that has arrived is not given back by the end of this subscription
            Sinks.One<Lease> sink = Sinks.one();
            subscription = acquire.subscribe(sink::tryEmitValue, sink::tryEmitError, sink::tryEmitEmpty);
            lease = sink.asMono();
        }

        void cancel() {
            subscription.dispose();
        }
    }
}
