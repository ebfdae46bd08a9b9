package io.reactivelock.benchmarks.cancel;

import io.reactivelock.benchmarks.harness.Heap;
import java.util.Map;
import java.util.TreeMap;

/** Which classes of this project have more instances after a storm than before. A waiter, a timer or a lease left is one of them. */
final class GrownHeap {
    private static final String OURS = "io.reactivelock.";
    private static final String THESE = "io.reactivelock.benchmarks.";

    private Map<String, Long> before = Map.of();
    private final Map<String, Long> grown = new TreeMap<>();

    void before() {
        before = Heap.instances(OURS, THESE);
    }

    void after() {
        Heap.instances(OURS, THESE).forEach((name, count) -> {
            long more = before.containsKey(name) ? count - before.get(name) : count;
            // lambdas alone are an assembled chain that somebody still refers to, which holds nothing
            if (more > 0 && !name.contains("$$Lambda")) {
                grown.put(name, more);
            }
        });
    }

    long objects() {
        return grown.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public String toString() {
        return grown.toString();
    }
}
