package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.Site;
import io.reactivelock.chaos.fault.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A run: one topology after the other. */
final class Campaign {
    private final Plan plan;
    private final Consumer<String> progress;
    private final Tally tally = new Tally();
    private final AtomicInteger processes = new AtomicInteger();
    private final AtomicInteger spans = new AtomicInteger();

    Campaign(Plan plan, Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
    }

    Mono<Report> run() {
        return Mono.defer(() -> {
            long start = System.nanoTime();
            List<Topology> topologies = plan.topologies();
            return Mono.using(
                            Campaign::createDirectory,
                            directory -> Flux.range(0, topologies.size())
                                    .concatMap(i -> play(
                                            topologies.get(i),
                                            directory,
                                            start
                                                    + plan.timeOfTopology()
                                                            .multipliedBy(i + 1)
                                                            .toNanos()))
                                    .then(),
                            Campaign::delete)
                    .then(Mono.fromSupplier(() -> Report.of(plan, tally, Duration.ofNanos(System.nanoTime() - start))));
        });
    }

    private Mono<Void> play(Topology topology, Path directory, long deadlineNanos) {
        return Mono.usingWhen(
                blocking(() -> Site.start(topology)),
                site -> {
                    progress.accept(topology + ": " + site.description());
                    return Mono.usingWhen(
                            Mono.fromSupplier(
                                    () -> new Stage(plan, tally, site, directory, processes, spans, progress)),
                            stage -> stage.play(deadlineNanos),
                            Stage::close);
                },
                site -> blocking(() -> {
                    site.close();
                    return site;
                }));
    }

    private static <T> Mono<T> blocking(Callable<T> work) {
        return Mono.fromCallable(work).subscribeOn(Schedulers.boundedElastic());
    }

    private static Path createDirectory() {
        try {
            return Files.createTempDirectory("benchmarks-chaos-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
