package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.Faults;
import io.reactivelock.chaos.fault.FaultyServers;
import io.reactivelock.chaos.fault.RelaxedGuarantee;
import io.reactivelock.chaos.fault.Targets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The run of one topology: its servers, its workers, and its spans, each checked at its end. */
final class TopologyRun {
    /** Longer than any lease time of the workers, plus the time that Redis takes to expire a key. */
    private static final Duration ALL_LEASES_OVER = Duration.ofMillis(3_500);

    /** A calm one and another one. */
    private static final int MIN_SPANS = 2;

    private static final int MAX_SPANS_IN_NEED = 6;

    /** No fault is meant to take so long. */
    private static final Duration LONG = Duration.ofSeconds(20);

    /** How near in time a fault must be to be named with a violation. */
    private static final Duration AROUND = Duration.ofSeconds(3);

    private final ChaosPlan plan;
    private final ChaosTally tally;
    private final FaultyServers servers;
    private final Ledger ledger;
    private final Path directory;
    private final AtomicInteger spans;
    private final AtomicInteger files = new AtomicInteger();
    private final int firstSpan;
    private final List<WorkerSlot> slots;
    private final Injector injector;
    private final Queue<Injected> ofSpan = new ConcurrentLinkedQueue<>();
    private final Consumer<String> progress;

    TopologyRun(
            ChaosPlan plan,
            ChaosTally tally,
            FaultyServers servers,
            Path directory,
            AtomicInteger processes,
            AtomicInteger spans,
            Consumer<String> progress) {
        this.plan = plan;
        this.tally = tally;
        this.servers = servers;
        this.ledger = Ledger.open(servers.controlUrl());
        this.directory = directory;
        this.spans = spans;
        this.firstSpan = spans.get();
        this.progress = progress;
        Supplier<WorkerSetting> settings = () -> {
            int process = processes.incrementAndGet();
            return new WorkerSetting(servers.redis(), servers.postgresUrl(), process, plan.seed() + process);
        };
        this.slots = IntStream.range(0, plan.processes())
                .mapToObj(i -> new WorkerSlot(settings))
                .toList();
        Faults faults = Faults.all(new Targets(servers, List.copyOf(slots)));
        tally.impossible(faults.impossible());
        this.injector = new Injector(faults.possible(), plan.seed(), this::injected);
    }

    private void injected(Injected fault) {
        tally.injected(fault);
        ofSpan.add(fault);
        if (fault.until() - fault.from() > LONG.toNanos()) {
            progress.accept("A fault took too long: " + fault);
        }
    }

    /** Runs until the deadline: at least two spans, and a few more while a control has lost no update. */
    Mono<Void> play(long deadlineNanos) {
        return ledger.create()
                .then(Flux.fromIterable(slots).flatMap(WorkerSlot::restart).then())
                .then(Mono.defer(this::span)
                        .repeat(() -> goesOn(deadlineNanos - System.nanoTime()))
                        .then());
    }

    private boolean goesOn(long nanosLeft) {
        int played = spans.get() - firstSpan;
        return nanosLeft > 0 || played < MIN_SPANS || (!tally.unharmed().isEmpty() && played < MAX_SPANS_IN_NEED);
    }

    private Mono<Void> span() {
        int number = spans.incrementAndGet();
        FaultProfile profile = FaultProfile.of(number);
        ofSpan.clear();
        return ledger.begin(number)
                .then(profile == FaultProfile.CALM ? servers.settled() : Mono.empty())
                .then(servers.masters())
                .flatMap(before -> {
                    slots.forEach(slot -> slot.begin(() -> order(number)));
                    return injector.injectFor(plan.timeOfSpan(), profile)
                            .then(Flux.fromIterable(slots).flatMap(this::end).then())
                            .then(servers.masters())
                            .map(after -> relaxed(profile, !after.equals(before)));
                })
                .flatMap(relaxed -> Mono.when(orphans(number, relaxed), check(number, profile, relaxed)));
    }

    private Order order(int span) {
        Path file = directory.resolve(span + "-" + files.incrementAndGet());
        return new Order(span, file.toString());
    }

    private Mono<Void> end(WorkerSlot slot) {
        return slot.end()
                .onErrorResume(failure -> Mono.fromRunnable(() -> {
                    tally.workerReplaced();
                    progress.accept("A worker could not end its span: " + failure);
                }));
    }

    /** A loaded machine can cause a failover that no fault asked for. */
    private static Set<RelaxedGuarantee> relaxed(FaultProfile profile, boolean failedOver) {
        Set<RelaxedGuarantee> relaxed = EnumSet.noneOf(RelaxedGuarantee.class);
        relaxed.addAll(profile.relaxed());
        if (failedOver) {
            relaxed.add(RelaxedGuarantee.DURABLE_GRANTS);
        }
        return relaxed;
    }

    /** Not checked after a step of the server's clock, for then keys may live longer than asked. */
    private Mono<Void> orphans(int span, Set<RelaxedGuarantee> relaxed) {
        if (relaxed.contains(RelaxedGuarantee.STEADY_CLOCK)) {
            return Mono.empty();
        }
        return Mono.delay(ALL_LEASES_OVER)
                .then(Orphans.held(servers.redis()))
                .doOnNext(held -> held.forEach(key -> broken(
                        new Violation(
                                HistoryRule.NO_ORPHAN,
                                "nobody holds it, but it is not free: " + key,
                                System.nanoTime()),
                        span,
                        relaxed)))
                .then();
    }

    private Mono<Void> check(int span, FaultProfile profile, Set<RelaxedGuarantee> relaxed) {
        return Mono.defer(() -> {
            SpanChecker checker = new SpanChecker(relaxed, violation -> broken(violation, span, relaxed));
            List<Path> histories = histories(span);
            histories.forEach(file -> HistoryReader.read(file, entry -> {
                tally.saw(entry, profile);
                checker.saw(entry);
            }));
            return ledger.writes().doOnNext(checker::logged).then(Mono.fromRunnable(() -> {
                checker.end();
                tally.checked(checker, profile);
                histories.forEach(TopologyRun::delete);
                progress.accept("span " + span + " " + profile + ": " + tally.operations() + " operations so far, "
                        + tally.injectedFaults() + " faults, "
                        + tally.violations().size() + " violations");
            }));
        });
    }

    private List<Path> histories(int span) {
        try (Stream<Path> all = Files.list(directory)) {
            return new ArrayList<>(
                    all.filter(file -> file.getFileName().toString().startsWith(span + "-"))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void broken(Violation violation, int span, Set<RelaxedGuarantee> relaxed) {
        String inForce = ofSpan.stream()
                .filter(fault -> fault.from() - AROUND.toNanos() <= violation.at()
                        && violation.at() <= fault.until() + AROUND.toNanos())
                .map(fault -> fault.kind() + " from " + (fault.from() - violation.at()) / 1_000_000 + " to "
                        + (fault.until() - violation.at()) / 1_000_000 + " ms")
                .collect(Collectors.joining(", "));
        tally.broken(
                violation,
                "seed " + plan.seed() + ", " + servers.redis().topology() + ", span " + span + ", relaxed guarantees "
                        + relaxed + ", faults around it: " + inForce);
    }

    Mono<Void> close() {
        return ledger.close().then(Mono.fromRunnable(() -> slots.forEach(WorkerSlot::close)));
    }
}
