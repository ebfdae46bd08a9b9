package io.reactivelock.speed.cancel;

import io.reactivelock.speed.harness.Heap;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.publisher.Flux;

/** Which classes of this project have more instances after a storm than before. A waiter, a timer or a lease left is one of them. */
final class GrownHeap {
    private static final String OURS = "io.reactivelock.";
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);
    private static final String THESE = "io.reactivelock.speed.";

    private Map<String, Long> before = Map.of();
    private Map<String, Long> grown = Map.of();

    void before() {
        before = instances();
    }

    /** Looks again and again until there are no more than before, or the time is over. */
    void after(Duration patience) {
        long begun = System.nanoTime();
        Flux.interval(Duration.ZERO, BETWEEN_LOOKS)
                .onBackpressureDrop()
                .doOnNext(tick -> look())
                .takeUntil(tick -> grown.isEmpty() || System.nanoTime() - begun > patience.toNanos())
                .blockLast();
    }

    private void look() {
        Map<String, Long> more = new TreeMap<>();
        instances().forEach((name, count) -> {
            long difference = before.containsKey(name) ? count - before.get(name) : count;
            if (difference > 0) {
                more.put(name, difference);
            }
        });
        grown = more;
    }

    private static Map<String, Long> instances() {
        Map<String, Long> instances = new HashMap<>(Heap.instances(OURS, THESE));
        // lambdas alone are an assembled chain that somebody still refers to, which holds nothing
        instances.keySet().removeIf(name -> name.contains("$$Lambda"));
        return instances;
    }

    long objects() {
        return grown.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public String toString() {
        return grown.toString();
    }
}
