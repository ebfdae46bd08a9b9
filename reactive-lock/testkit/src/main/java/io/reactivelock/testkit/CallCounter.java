package io.reactivelock.testkit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** Counts calls by what they ask, and tells those who wait for one of the numbers. */
final class CallCounter {
    private final Map<LockOperation, Long> totals = new EnumMap<>(LockOperation.class);
    private final List<Waiter> waiters = new ArrayList<>();

    private record Waiter(LockOperation operation, long total, MonoSink<Void> sink) {}

    void add(LockOperation operation) {
        List<Waiter> due = new ArrayList<>();
        synchronized (this) {
            totals.merge(operation, 1L, Long::sum);
            waiters.removeIf(waiter -> isReached(waiter) && due.add(waiter));
        }
        due.forEach(waiter -> waiter.sink.success());
    }

    synchronized long total(LockOperation operation) {
        return totals.getOrDefault(operation, 0L);
    }

    Mono<Void> reaches(LockOperation operation, long total) {
        return Mono.create(sink -> {
            Waiter waiter = new Waiter(operation, total, sink);
            if (wait(waiter)) {
                sink.onDispose(() -> forget(waiter));
            } else {
                sink.success();
            }
        });
    }

    private synchronized boolean wait(Waiter waiter) {
        return !isReached(waiter) && waiters.add(waiter);
    }

    private synchronized void forget(Waiter waiter) {
        waiters.remove(waiter);
    }

    private boolean isReached(Waiter waiter) {
        return total(waiter.operation) >= waiter.total;
    }
}
