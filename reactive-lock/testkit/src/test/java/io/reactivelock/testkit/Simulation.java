package io.reactivelock.testkit;

import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockRequest;
import io.reactivelock.internal.SimulatedClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Services that take, hold, release, cancel and write at random, on networks that lose, delay, repeat and reorder at random, while they
 * and their clocks, and the server and its data, suffer what {@link Weather} allows. One seed is one history. What they believe is
 * compared with what may be after each millisecond, and what they wrote at the end.
 */
final class Simulation {
    private static final int STEPS = 50;
    private static final Duration SETTLING = Duration.ofSeconds(4);
    private static final List<String> NAMES = List.of("a", "b");

    /** What a history has to endure. */
    enum Weather {
        /** Networks and pauses; then no two may believe to hold one lock. */
        CALM,
        /** Clocks too, and a server that loses its data; then the storage has to see to it that no update is lost. */
        ROUGH
    }

    final RandomGenerator random;
    final Guarding guarding;
    final Timeline timeline;
    final InMemoryLockBackend server;
    final SimulatedStore store;
    final Set<String> violations = new TreeSet<>();
    int grants;
    int handedOn;
    int staleWrites;
    int cancels;
    int faults;
    int errors;
    int overlaps;
    private final VirtualTimeScheduler truth = VirtualTimeScheduler.create();
    private final SimulatedServerClock serverClock = new SimulatedServerClock(truth);
    private final Weather weather;
    private final List<SimulatedService> services = new ArrayList<>();
    private final Map<String, Long> lastToken = new HashMap<>();
    private final Set<Long> acknowledged = new HashSet<>();
    private final Set<Long> refused = new HashSet<>();
    private long operations;
    private boolean settling;

    /** What the server keeps, it keeps for longer by as much. // B13 */
    private Duration setBack = Duration.ZERO;

    Simulation(long seed, Weather weather, Guarding guarding, boolean told) {
        this.random = new SplittableRandom(seed);
        this.weather = weather;
        this.guarding = guarding;
        timeline = new Timeline(told, truth);
        server = InMemoryLockBackend.create(serverClock);
        store = new SimulatedStore(truth, guarding);
        services.add(service("north", null));
        SimulatedService south = service("south", null);
        services.add(south);
        services.add(service("west, a clone of south,", south));
    }

    private SimulatedService service(String id, @Nullable SimulatedService original) {
        double rate = rate();
        timeline.add(id, () -> "starts, with clocks that run at " + rate);
        return new SimulatedService(id, new ClientTime(truth, rate), this, original);
    }

    /** For how long a task waits in a pool that others keep busy. */
    int delayInPool() {
        return !settling && random.nextInt(4) == 0 ? random.nextInt(200) : 0;
    }

    /** A class of the application is missing, or its stack is too deep: what no operator catches. */
    void maybeFail() {
        if (!settling && random.nextInt(25) == 0) {
            errors++;
            throw new NoClassDefFoundError("a class of the application");
        }
    }

    /** Within what the drift margin allows, 2 %, or far beyond. // B16 */
    private double rate() {
        double wide = weather == Weather.CALM ? 0.015 : 0.5;
        return random.nextInt(3) == 0 ? 1 - wide + 2 * wide * random.nextDouble() : 1;
    }

    /** Runs one history to its end, in which all is healed, everyone writes once more, and all is released. */
    Simulation run() {
        for (int step = 0; step < STEPS; step++) {
            act(pick(services).orElseThrow());
            for (int millis = random.nextInt(40); millis >= 0; millis--) {
                truth.advanceTimeBy(Duration.ofMillis(1));
                checkBelief();
            }
        }
        settle();
        violations.addAll(store.judge(acknowledged, refused));
        return this;
    }

    private void act(SimulatedService service) {
        if (service.time.isStopped()) {
            disturb(service);
            return;
        }
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> start(service, "updates", service.update(request()));
            case 5, 6, 7 -> start(service, "updates, come what may,", service.updateRegardless(request()));
            case 8, 9 -> start(service, "acquires", service.acquire(request()));
            case 10 -> start(service, "tries", service.tryAcquire(request()));
            case 11, 12 -> pick(service.leases).ifPresent(lease -> release(service, lease));
            case 13 -> pick(service.running).ifPresent(chain -> cancel(service, chain));
            case 14, 15, 16 -> {
                LockOperation operation = pick(List.of(LockOperation.values())).orElseThrow();
                LockFault[] fault = faults();
                service.network.next(operation, fault);
                harm(service.id, "has " + fault.length + " faults before it for its next " + operation);
            }
            default -> disturb(service);
        }
    }

    private void start(SimulatedService service, String what, Mono<?> chain) {
        timeline.add(service.id, () -> what);
        service.running.add(chain.subscribe(
                value -> {}, e -> timeline.add(service.id, () -> what + " ends in " + e.getMessage()), () -> {}));
    }

    private void release(SimulatedService service, Lease lease) {
        timeline.add(service.id, () -> "releases " + text(lease));
        lease.release().subscribe(freed -> {}, e -> timeline.add(service.id, () -> "release: " + e.getMessage()));
    }

    private void cancel(SimulatedService service, Disposable chain) {
        if (!chain.isDisposed()) {
            cancels++;
            timeline.add(service.id, () -> "cancels");
            chain.dispose();
        }
    }

    private void disturb(SimulatedService service) {
        switch (random.nextInt(weather == Weather.CALM ? 7 : 14)) {
            case 0, 1 -> {
                service.time.stop();
                harm(service.id, "is paused");
            }
            case 2 -> {
                service.time.resume();
                timeline.add(service.id, () -> "goes on");
            }
            case 3 -> {
                service.network.delaySignals(Duration.ofMillis(random.nextInt(300)));
                harm(service.id, "hears signals late");
            }
            case 4 -> {
                service.network.loseSignals();
                harm(service.id, "hears no signals");
            }
            case 5 -> {
                service.network.breakSignals();
                service.store.breakOneIn(2 + random.nextInt(8));
                harm(service.id, "loses connections");
            }
            case 6 -> {
                heal(service);
                timeline.add(service.id, () -> "is healed");
            }
            case 7 -> {
                service.time.suspend();
                harm(service.id, "is suspended");
            }
            case 8, 9 -> {
                Duration step = Duration.ofMillis(random.nextInt(4_000) - 2_000L);
                service.time.stepWall(step);
                harm(service.id, "has its wall clock set by " + step);
            }
            case 10, 11 -> {
                Duration step = Duration.ofMillis(random.nextInt(4_000) - 2_000L);
                serverClock.step(step);
                setBack = setBack.plus(step.isNegative() ? step.negated() : Duration.ZERO);
                harm("server", "has its clock set by " + step);
            }
            case 12 -> {
                String name = pick(NAMES).orElseThrow();
                server.expire(name);
                harm("server", "evicts " + name);
            }
            default -> {
                server.forget();
                services.forEach(each -> each.network.breakSignals());
                harm("server", "restarts without its data");
            }
        }
    }

    private void harm(String whom, String what) {
        faults++;
        timeline.add(whom, () -> what);
    }

    private static void heal(SimulatedService service) {
        service.network.heal();
        service.store.breakOneIn(Integer.MAX_VALUE);
        service.time.resume();
    }

    private LockRequest request() {
        // mostly the same lease time: only then is a lock handed on inside a client
        Duration leaseTime = Duration.ofMillis(random.nextInt(4) == 0 ? 50 + random.nextInt(250) : 150);
        LockRequest request = LockRequest.of(pick(NAMES).orElseThrow())
                .leaseTime(leaseTime)
                .waitTime(Duration.ofMillis(10 + random.nextInt(1_000)));
        return random.nextInt(6) == 0 ? request.withoutRenewal() : request;
    }

    private LockFault[] faults() {
        if (random.nextInt(8) == 0) {
            return new LockFault[] {LockFault.throwError()};
        }
        return random.nextBoolean() ? new LockFault[] {fault()} : new LockFault[] {fault(), fault()};
    }

    private LockFault fault() {
        Duration delay = Duration.ofMillis(random.nextInt(400));
        return switch (random.nextInt(8)) {
            case 0 -> LockFault.loseReply();
            case 1 -> LockFault.breakOff();
            case 2 -> LockFault.refuse(Kind.TRANSIENT);
            case 3 -> LockFault.duplicate();
            case 4 -> LockFault.repeatLater(delay);
            case 5, 6 -> LockFault.delayReply(delay);
            default -> LockFault.delayRequest(delay);
        };
    }

    private <T> Optional<T> pick(List<T> list) {
        return list.isEmpty() ? Optional.empty() : Optional.of(list.get(random.nextInt(list.size())));
    }

    long operation() {
        return ++operations;
    }

    void granted(SimulatedService service, Lease lease) {
        grants++;
        timeline.add(service.id, () -> "holds " + text(lease));
        if (server.heldBy(lease.name()).filter(lease.token().holder()::equals).isEmpty()) {
            handedOn++;
        }
        long token = lease.token().value();
        if (!lease.isValid()) {
            return; // delivered too late to be of use
        }
        Long before = lastToken.put(lease.name(), token);
        if (weather == Weather.CALM && before != null && before >= token) {
            violations.add("D1: token " + token + " after " + before);
        }
    }

    int writes() {
        return acknowledged.size();
    }

    void acknowledged(SimulatedService service, long operation, FencingToken token) {
        acknowledged.add(operation);
        timeline.add(service.id, () -> "wrote " + operation + " with token " + token.value());
    }

    void refused(SimulatedService service, long operation, FencingToken token, Throwable why) {
        if (why instanceof SimulatedStore.Stale) {
            staleWrites++;
        }
        refused.add(operation);
        timeline.add(
                service.id,
                () -> "could not write " + operation + " with token " + token.value() + ": " + why.getMessage());
    }

    private static String text(Lease lease) {
        return lease.name() + " with token " + lease.token().value();
    }

    /** No process that runs believes more than the server knows. A process that stands still believes nothing. // B1, B7 */
    private void checkBelief() {
        services.forEach(service -> service.leases.removeIf(lease -> !SimulatedClient.isHeld(lease)));
        for (String name : NAMES) {
            List<Lease> believed = services.stream()
                    .filter(service -> !service.time.isStopped())
                    .flatMap(service -> service.leases.stream())
                    .filter(lease -> lease.name().equals(name))
                    .toList();
            overlaps += believed.size() > 1 ? 1 : 0;
            if (weather == Weather.ROUGH) {
                continue;
            }
            if (believed.size() > 1) {
                violations.add("B1: " + believed.size() + " hold " + name + " at a time");
            }
            Duration kept = server.remaining(name);
            for (Lease lease : believed) {
                if (lease.remaining().compareTo(kept) >= 0) {
                    violations.add("B1: " + text(lease) + " is believed in for longer than the server keeps it");
                }
            }
        }
    }

    private void settle() {
        settling = true;
        timeline.add("all", () -> "is healed, and nobody wants anything more");
        services.forEach(Simulation::heal);
        services.forEach(service -> service.running.forEach(Disposable::dispose));
        services.forEach(service -> service.leases.forEach(lease -> release(service, lease)));
        truth.advanceTimeBy(SETTLING.plus(setBack));
        expectNothingLeft("A1, A3, B5");
        for (SimulatedService service : services) {
            int before = acknowledged.size();
            for (String name : NAMES) {
                start(
                        service,
                        "updates at last",
                        service.update(LockRequest.of(name).waitTime(SETTLING).leaseTime(Duration.ofSeconds(1))));
            }
            truth.advanceTimeBy(SETTLING);
            if (acknowledged.size() < before + NAMES.size()) {
                violations.add("D4: " + service.id + " cannot write though all is well");
            }
        }
        expectNothingLeft("C4");
        services.forEach(service -> service.client.client().close().subscribe());
        truth.advanceTimeBy(Duration.ofSeconds(6));
        if (server.listeners() > 0) {
            violations.add("G7: " + server.listeners() + " still listen");
        }
        if (!store.isIdle()) {
            violations.add("E13: a row is locked");
        }
    }

    /** Nothing is held or about to be renewed. A waiter can be left in the server's queue by a request that was repeated after it left. */
    private void expectNothingLeft(String rules) {
        for (String name : NAMES) {
            if (server.heldBy(name).isPresent()) {
                violations.add(rules + ": " + name + " is held by nobody who knows");
            }
        }
        services.forEach(service -> service.client
                .left()
                .forEach(left -> violations.add(rules + ": " + service.id + " is left with " + left)));
    }
}
