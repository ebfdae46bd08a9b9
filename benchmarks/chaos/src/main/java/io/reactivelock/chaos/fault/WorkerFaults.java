package io.reactivelock.chaos.fault;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/** What harms a client process. */
final class WorkerFaults {
    /** Beyond the lease time of most tests, and less than what they wait for. */
    private static final int MAX_PAUSE_MILLIS = 3_500;

    private record Place(Worker worker, Turn turn) {}

    private final List<Place> places;

    private WorkerFaults(List<Place> places) {
        this.places = places;
    }

    static List<Fault> of(List<Worker> workers) {
        WorkerFaults faults = new WorkerFaults(workers.stream()
                .map(worker -> new Place(worker, new Turn("the worker")))
                .toList());
        return List.of(
                Act.of("worker SIGSTOP", Set.of(Hazard.PAUSE), faults::stopped),
                Act.of("worker kill -9", faults::killed));
    }

    private Mono<Void> stopped(RandomGenerator random) {
        Duration time = Act.between(random, 100, MAX_PAUSE_MILLIS);
        return alone(random, (worker, pid) -> Signals.stop(time, pid));
    }

    /** The next one is started however this ends. */
    private Mono<Void> killed(RandomGenerator random) {
        return alone(
                random,
                (worker, pid) -> Mono.usingWhen(
                        Mono.fromRunnable(() -> Signals.kill(pid)).thenReturn(worker),
                        killed -> Mono.empty(),
                        Worker::restart));
    }

    private Mono<Void> alone(RandomGenerator random, BiFunction<Worker, Long, Mono<Void>> fault) {
        Place place = places.get(random.nextInt(places.size()));
        return place.turn().alone(Mono.defer(() -> {
            long pid = place.worker().pid().orElseThrow(() -> new NotInjectedException("the worker is down"));
            return fault.apply(place.worker(), pid);
        }));
    }
}
