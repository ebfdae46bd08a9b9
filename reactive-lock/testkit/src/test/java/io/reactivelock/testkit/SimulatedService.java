package io.reactivelock.testkit;

import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.internal.SimulatedClient;
import io.reactivelock.testkit.SimulatedStore.Aborted;
import io.reactivelock.testkit.SimulatedStore.Stale;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** One process of a {@link Simulation}: its time, its networks, its client, and what it does under a lock. */
final class SimulatedService {
    /** A storage that knows higher tokens tells them; then the lock is acquired again, above. // D4 */
    private static final int GRANTS = 3;

    final String id;
    final ClientTime time;
    final FaultyLockBackend network;
    final SimulatedConnection store;
    final SimulatedClient client;
    final List<Lease> leases = new ArrayList<>();
    final List<Disposable> running = new ArrayList<>();
    private final Simulation simulation;

    /**
     * @param original the process that this one is a clone of, as a restored snapshot is; null for one that was started
     */
    SimulatedService(String id, ClientTime time, Simulation simulation, @Nullable SimulatedService original) {
        this.id = id;
        this.time = time;
        this.simulation = simulation;
        network = FaultyLockBackend.around(simulation.server, time);
        store = new SimulatedConnection(simulation.store, time, simulation.random);
        client = new SimulatedClient(
                network,
                LockClientOptions.defaults()
                        .scheduler(time)
                        .deliveryScheduler(busyPool())
                        .observer(careless())
                        .backOff(Duration.ofMillis(5), Duration.ofMillis(100))
                        .disposeTimeout(Duration.ofSeconds(5)),
                simulation.random,
                original == null ? null : original.client);
    }

    /** A pool that others keep busy: what is delivered there may come late. */
    private Scheduler busyPool() {
        return Schedulers.fromExecutor(task -> time.schedule(task, simulation.delayInPool(), TimeUnit.MILLISECONDS));
    }

    private LockObserver careless() {
        return new LockObserver() {
            @Override
            public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
                simulation.maybeFail();
            }

            @Override
            public void leaseReleased(Lease lease, Duration held) {
                simulation.maybeFail();
            }

            @Override
            public void leaseLost(Lease lease, LeaseLoss loss, Duration held) {
                simulation.maybeFail();
            }

            @Override
            public void renewalRound(RenewalRound round) {
                simulation.maybeFail();
            }
        };
    }

    /** Acquires and keeps the lease until somebody releases it. */
    Mono<Lease> acquire(LockRequest request) {
        return client.client().acquire(request).doOnNext(this::got);
    }

    Mono<Lease> tryAcquire(LockRequest request) {
        return client.client().tryAcquire(request).doOnNext(this::got);
    }

    private void got(Lease lease) {
        leases.add(lease);
        simulation.granted(this, lease);
        simulation.maybeFail();
    }

    /** Updates under the lock, which end as soon as the lease is lost. */
    Mono<Void> update(LockRequest request) {
        return withFloor(
                request,
                GRANTS,
                above -> client.client().withLock(above, lease -> {
                    got(lease);
                    return updates(lease);
                }));
    }

    /** Updates that go on whatever becomes of the lease. */
    Mono<Void> updateRegardless(LockRequest request) {
        return withFloor(
                request,
                GRANTS,
                above -> acquire(above)
                        .flatMap(lease -> updates(lease)
                                .onErrorResume(e -> lease.release().then(Mono.error(e)))
                                .then(Mono.defer(lease::release))
                                .then()));
    }

    private Mono<Void> withFloor(LockRequest request, int left, Function<LockRequest, Mono<Void>> work) {
        return work.apply(request)
                .onErrorResume(
                        Refused.class,
                        refused -> left == 1
                                ? Mono.error(refused)
                                : withFloor(request.tokenAbove(refused.highest), left - 1, work));
    }

    /** The advance was refused. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final long highest;

        Refused(long highest) {
            super("the storage knows " + highest, null, false, false);
            this.highest = highest;
        }
    }

    private Mono<Void> updates(Lease lease) {
        Mono<Void> advance = switch (simulation.guarding) {
            case FENCED, NOT_STRICT, CHECKED_FIRST ->
                store.advance(lease.name(), lease.token()).onErrorMap(Stale.class, stale -> new Refused(stale.highest));
            case NONE, NOT_ADVANCED -> Mono.empty();
        };
        return advance.thenMany(Flux.range(0, 1 + simulation.random.nextInt(3)).concatMap(i -> update(lease)))
                .then();
    }

    /** One read-modify-write; it may think for longer than the lease lasts. */
    private Mono<Void> update(Lease lease) {
        String resource = lease.name();
        FencingToken token = lease.token();
        return Mono.defer(() -> {
            long operation = simulation.operation();
            Mono<Void> update = switch (simulation.guarding) {
                case FENCED, NOT_STRICT ->
                    simulation.random.nextBoolean()
                            ? store.inTransaction(
                                    resource,
                                    open -> store.check(open, token)
                                            .then(store.read(open))
                                            .delayUntil(read -> think())
                                            .flatMap(read -> store.write(open, read, token, operation)))
                            : readThen(resource, read -> checkedWrite(lease, read, operation));
                case NOT_ADVANCED -> readThen(resource, read -> checkedWrite(lease, read, operation));
                case CHECKED_FIRST ->
                    readThen(
                            resource,
                            read -> store.looksGood(resource, token)
                                    .flatMap(good -> good
                                            ? bareWrite(lease, read, operation)
                                            : Mono.error(new Stale(token.value(), token.value()))));
                case NONE -> readThen(resource, read -> bareWrite(lease, read, operation));
            };
            return update.doOnSuccess(done -> simulation.acknowledged(this, operation, token))
                    .doOnError(
                            e -> e instanceof Stale || e instanceof Aborted,
                            e -> simulation.refused(this, operation, token, e));
        });
    }

    private Mono<Void> checkedWrite(Lease lease, long read, long operation) {
        return store.inTransaction(
                lease.name(),
                open -> store.check(open, lease.token()).then(store.write(open, read, lease.token(), operation)));
    }

    private Mono<Void> bareWrite(Lease lease, long read, long operation) {
        return store.inTransaction(lease.name(), open -> store.write(open, read, lease.token(), operation));
    }

    private Mono<Void> readThen(String resource, Function<Long, Mono<Void>> write) {
        return store.read(resource).delayUntil(read -> think()).flatMap(write);
    }

    private Mono<Long> think() {
        return Mono.delay(Duration.ofMillis(simulation.random.nextInt(60)), time);
    }
}
