package io.reactivelock.testkit;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Processes that take, hold, release and cancel at random, on a network that loses, delays, repeats and reorders at random, while they
 * are paused at random. One seed is one history. After each step, what they believe is compared with what may be.
 */
final class Simulation {
    private static final int STEPS = 400;

    private final Random random;
    private final VirtualTimeScheduler truth = VirtualTimeScheduler.create();
    final InMemoryLockBackend server = InMemoryLockBackend.create(truth);
    final Set<String> violations = new TreeSet<>();
    final Map<String, Long> lastToken = new HashMap<>();
    int grants;
    int handedOn;
    private final List<Party> parties = new ArrayList<>();
    private final List<String> names = List.of("a", "b");

    /**
     * @param rate the rate of the clocks of one of the processes; the others' clocks are true
     */
    Simulation(long seed, double rate) {
        random = new Random(seed);
        for (int i = 0; i < 3; i++) {
            parties.add(new Party(new ClientTime(truth, i == 0 ? rate : 1)));
        }
    }

    /** One process: its time, its network, its client, and what it has. */
    private final class Party {
        final ClientTime time;
        final FaultyWaitQueue network;
        final LockClient client;
        final List<Lease> leases = new ArrayList<>();
        final List<Disposable> acquires = new ArrayList<>();

        Party(ClientTime time) {
            this.time = time;
            network = (FaultyWaitQueue) FaultyLockBackend.around(server, time);
            client = LockClient.create(
                    network,
                    LockClientOptions.defaults()
                            .scheduler(time)
                            .backOff(Duration.ofMillis(5), Duration.ofMillis(100))
                            .disposeTimeout(Duration.ofSeconds(5)));
        }

        void act() {
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> acquire();
                case 3 -> acquires.add(client.tryAcquire(request()).subscribe(this::got, e -> {}));
                case 4, 5 -> pick(leases).ifPresent(lease -> lease.release().subscribe(freed -> {}, e -> {}));
                case 6 -> pick(acquires).ifPresent(Disposable::dispose);
                case 7 -> network.next(pick(LockOperation.values()), fault(), fault());
                case 8 -> network.next(pick(LockOperation.values()), fault());
                default -> disturb();
            }
        }

        private void acquire() {
            acquires.add(client.acquire(request()).subscribe(this::got, e -> {}));
        }

        private void disturb() {
            switch (random.nextInt(6)) {
                case 0 -> time.stop();
                case 4 -> network.delaySignals(Duration.ofMillis(random.nextInt(300)));
                case 5 -> network.heal();
                case 1 -> time.resume();
                case 2 -> network.loseSignals();
                default -> network.breakSignals();
            }
        }

        private void got(Lease lease) {
            grants++;
            if (server.heldBy(lease.name())
                    .filter(lease.token().holder()::equals)
                    .isEmpty()) {
                handedOn++;
            }
            leases.add(lease);
            long token = lease.token().value();
            Long before = lastToken.put(lease.name(), token);
            if (before != null && before >= token) {
                violations.add("D1: token " + token + " after " + before);
            }
        }

        void settle() {
            network.heal();
            time.resume();
            client.disposeLater().subscribe();
        }
    }

    private LockRequest request() {
        // mostly the same lease time: only then is a lock handed on inside a client
        Duration leaseTime = Duration.ofMillis(random.nextInt(4) == 0 ? 50 + random.nextInt(250) : 150);
        LockRequest request = LockRequest.of(names.get(random.nextInt(names.size())))
                .leaseTime(leaseTime)
                .waitTime(Duration.ofMillis(10 + random.nextInt(1_000)));
        return random.nextInt(6) == 0 ? request.withoutRenewal() : request;
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

    private LockOperation pick(LockOperation[] operations) {
        return operations[random.nextInt(operations.length)];
    }

    /** Runs one history to its end, in which all is healed and released. */
    Simulation run(Runnable eachStep) {
        for (int step = 0; step < STEPS; step++) {
            parties.get(random.nextInt(parties.size())).act();
            eachStep.run();
            for (int millis = random.nextInt(30); millis >= 0; millis--) {
                truth.advanceTimeBy(Duration.ofMillis(1));
                checkExclusion();
            }
        }
        parties.forEach(Party::settle);
        truth.advanceTimeBy(Duration.ofSeconds(6));
        names.forEach(
                name -> server.heldBy(name).ifPresent(holder -> violations.add("A1: " + name + " is still held")));
        if (server.listeners() > 0) {
            violations.add("G7: " + server.listeners() + " still listen");
        }
        return this;
    }

    private void checkExclusion() {
        parties.forEach(process -> process.leases.removeIf(lease -> !lease.isValid()));
        for (String name : names) {
            long believers = parties.stream()
                    .flatMap(process -> process.leases.stream())
                    .filter(lease -> lease.name().equals(name))
                    .count();
            if (believers > 1) {
                violations.add("B1: " + believers + " hold " + name + " at a time");
            }
            Duration kept = server.remaining(name);
            parties.stream()
                    .flatMap(process -> process.leases.stream())
                    .filter(lease ->
                            lease.name().equals(name) && lease.remaining().compareTo(kept) >= 0)
                    .forEach(lease ->
                            violations.add("B1: " + name + " is believed in for longer than the server keeps it"));
        }
    }
}
