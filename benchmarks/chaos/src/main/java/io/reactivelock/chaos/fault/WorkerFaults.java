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

    private record ExclusiveWorker(WorkerTarget worker, ExclusiveTarget exclusive) {}

    private final List<ExclusiveWorker> workers;

    private WorkerFaults(List<ExclusiveWorker> workers) {
        this.workers = workers;
    }

    static List<Fault> of(List<WorkerTarget> workers) {
        WorkerFaults faults = new WorkerFaults(workers.stream()
                .map(worker -> new ExclusiveWorker(worker, new ExclusiveTarget("the worker")))
                .toList());
        return List.of(
                Act.of("worker SIGSTOP", Set.of(RelaxedGuarantee.PROMPT_HOLDERS), faults::stopped),
                Act.of("worker kill -9", faults::killed));
    }

    private Mono<Void> stopped(RandomGenerator random) {
        Duration time = Act.between(random, 100, MAX_PAUSE_MILLIS);
        return alone(random, (worker, pid) -> ProcessSignals.stop(time, pid));
    }

    /** The next one is started however this ends. */
    private Mono<Void> killed(RandomGenerator random) {
        return alone(
                random,
                (worker, pid) -> Mono.usingWhen(
                        Mono.fromRunnable(() -> ProcessSignals.kill(pid)).thenReturn(worker),
                        killed -> Mono.empty(),
                        WorkerTarget::restart));
    }

    private Mono<Void> alone(RandomGenerator random, BiFunction<WorkerTarget, Long, Mono<Void>> fault) {
        ExclusiveWorker worker = workers.get(random.nextInt(workers.size()));
        return worker.exclusive().alone(Mono.defer(() -> {
            long pid = worker.worker().pid().orElseThrow(() -> new NotInjectedException("the worker is down"));
            return fault.apply(worker.worker(), pid);
        }));
    }
}
