package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.Faults;
import io.reactivelock.chaos.fault.Hazard;
import io.reactivelock.chaos.fault.Site;
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

/** One topology: its servers, its workers, and one span after the other, each checked at its end. */
final class Stage {
    /** Longer than any lease time of the workers, with what Redis needs to notice. */
    private static final Duration ALL_LEASES_OVER = Duration.ofMillis(3_500);

    /** A calm one, and another. */
    private static final int MIN_SPANS = 2;

    private static final int MAX_SPANS_IN_NEED = 6;

    /** No fault is meant to take so long. */
    private static final Duration LONG = Duration.ofSeconds(20);

    /** Which faults are named with a violation. */
    private static final Duration AROUND = Duration.ofSeconds(3);

    private final Plan plan;
    private final Tally tally;
    private final Site site;
    private final Ledger ledger;
    private final Path directory;
    private final AtomicInteger spans;
    private final AtomicInteger files = new AtomicInteger();
    private final int firstSpan;
    private final List<Place> places;
    private final Injector injector;
    private final Queue<Injected> ofSpan = new ConcurrentLinkedQueue<>();
    private final Consumer<String> progress;

    Stage(
            Plan plan,
            Tally tally,
            Site site,
            Path directory,
            AtomicInteger processes,
            AtomicInteger spans,
            Consumer<String> progress) {
        this.plan = plan;
        this.tally = tally;
        this.site = site;
        this.ledger = Ledger.open(site.controlUrl());
        this.directory = directory;
        this.spans = spans;
        this.firstSpan = spans.get();
        this.progress = progress;
        Supplier<Setting> settings = () -> {
            int process = processes.incrementAndGet();
            return new Setting(site.redis(), site.postgresUrl(), process, plan.seed() + process);
        };
        this.places = IntStream.range(0, plan.processes())
                .mapToObj(i -> new Place(settings))
                .toList();
        Faults faults = Faults.all(new Targets(site, List.copyOf(places)));
        tally.impossible(faults.impossible());
        this.injector = new Injector(faults.possible(), plan.seed(), this::injected);
    }

    private void injected(Injected fault) {
        tally.injected(fault);
        ofSpan.add(fault);
        if (fault.until() - fault.from() > LONG.toNanos()) {
            progress.accept("A fault took long: " + fault);
        }
    }

    /** Goes on until the deadline, for two spans at least, and for a few more while a control has taken no harm. */
    Mono<Void> play(long deadlineNanos) {
        return ledger.create()
                .then(Flux.fromIterable(places).flatMap(Place::restart).then())
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
        Weather weather = Weather.of(number);
        ofSpan.clear();
        return ledger.begin(number)
                .then(site.masters())
                .flatMap(before -> {
                    places.forEach(place -> place.begin(() -> order(number)));
                    return injector.injectFor(plan.timeOfSpan(), weather)
                            .then(Flux.fromIterable(places).flatMap(this::end).then())
                            .then(site.masters())
                            .map(after -> hazards(weather, !after.equals(before)));
                })
                .flatMap(hazards -> Mono.when(orphans(number, hazards), check(number, weather, hazards)));
    }

    private Order order(int span) {
        Path file = directory.resolve(span + "-" + files.incrementAndGet());
        return new Order(span, file.toString());
    }

    private Mono<Void> end(Place place) {
        return place.end()
                .onErrorResume(failure -> Mono.fromRunnable(() -> {
                    tally.workerReplaced();
                    progress.accept("A worker could not end its span: " + failure);
                }));
    }

    /** A loaded machine can bring about a failover that nobody asked for. */
    private static Set<Hazard> hazards(Weather weather, boolean failedOver) {
        Set<Hazard> hazards = EnumSet.noneOf(Hazard.class);
        hazards.addAll(weather.hazards());
        if (failedOver) {
            hazards.add(Hazard.DATA_LOSS);
        }
        return hazards;
    }

    /** After a step of the server's clock keys may live longer than they were asked to. */
    private Mono<Void> orphans(int span, Set<Hazard> hazards) {
        if (hazards.contains(Hazard.CLOCK)) {
            return Mono.empty();
        }
        return Mono.delay(ALL_LEASES_OVER)
                .then(Orphans.held(site.redis()))
                .doOnNext(held -> held.forEach(key -> broken(
                        new Violation(Rule.NO_ORPHAN, "nobody holds it, and it is not free: " + key, System.nanoTime()),
                        span,
                        hazards)))
                .then();
    }

    private Mono<Void> check(int span, Weather weather, Set<Hazard> hazards) {
        return Mono.defer(() -> {
            SpanChecker checker = new SpanChecker(hazards, violation -> broken(violation, span, hazards));
            List<Path> histories = histories(span);
            histories.forEach(file -> HistoryReader.read(file, entry -> {
                tally.saw(entry, weather);
                checker.saw(entry);
            }));
            return ledger.writes().doOnNext(checker::logged).then(Mono.fromRunnable(() -> {
                checker.end();
                tally.checked(checker, weather);
                histories.forEach(Stage::delete);
                progress.accept("span " + span + " " + weather + ": " + tally.operations() + " operations so far, "
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

    private void broken(Violation violation, int span, Set<Hazard> hazards) {
        String inForce = ofSpan.stream()
                .filter(fault -> fault.from() - AROUND.toNanos() <= violation.at()
                        && violation.at() <= fault.until() + AROUND.toNanos())
                .map(fault -> fault.kind() + " from " + (fault.from() - violation.at()) / 1_000_000 + " to "
                        + (fault.until() - violation.at()) / 1_000_000 + " ms")
                .collect(Collectors.joining(", "));
        tally.broken(
                violation,
                "seed " + plan.seed() + ", " + site.redis().topology() + ", span " + span + ", hazards " + hazards
                        + ", around it " + inForce);
    }

    Mono<Void> close() {
        return ledger.close().then(Mono.fromRunnable(() -> places.forEach(Place::close)));
    }
}
