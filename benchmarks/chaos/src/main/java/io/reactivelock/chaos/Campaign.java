package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.ChaosTopology;
import io.reactivelock.chaos.fault.FaultyServers;
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
    private final ChaosPlan plan;
    private final Consumer<String> progress;
    private final ChaosTally tally = new ChaosTally();
    private final AtomicInteger processes = new AtomicInteger();
    private final AtomicInteger spans = new AtomicInteger();

    Campaign(ChaosPlan plan, Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
    }

    Mono<ChaosReport> run() {
        return Mono.defer(() -> {
            long start = System.nanoTime();
            List<ChaosTopology> topologies = plan.topologies();
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
                    .then(Mono.fromSupplier(
                            () -> ChaosReport.of(plan, tally, Duration.ofNanos(System.nanoTime() - start))));
        });
    }

    private Mono<Void> play(ChaosTopology topology, Path directory, long deadlineNanos) {
        return Mono.usingWhen(
                blocking(() -> FaultyServers.start(topology)),
                servers -> {
                    progress.accept(topology + ": " + servers.description());
                    return Mono.usingWhen(
                            Mono.fromSupplier(
                                    () -> new TopologyRun(plan, tally, servers, directory, processes, spans, progress)),
                            run -> run.play(deadlineNanos),
                            TopologyRun::close);
                },
                servers -> blocking(() -> {
                    servers.close();
                    return servers;
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
