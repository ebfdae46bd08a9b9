package io.reactivelock.testservers;

import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** A number that only grows, and those who wait for it. */
final class Counter {
    private final List<Waiter> waiters = new ArrayList<>();
    private long total;

    private record Waiter(long total, MonoSink<Void> sink) {}

    void add(long count) {
        List<Waiter> due = new ArrayList<>();
        synchronized (this) {
            total += count;
            waiters.removeIf(waiter -> waiter.total <= total && due.add(waiter));
        }
        due.forEach(waiter -> waiter.sink.success());
    }

    synchronized long total() {
        return total;
    }

    Mono<Void> reaches(long wanted) {
        return Mono.create(sink -> {
            Waiter waiter = new Waiter(wanted, sink);
            if (wait(waiter)) {
                sink.onDispose(() -> forget(waiter));
            } else {
                sink.success();
            }
        });
    }

    private synchronized boolean wait(Waiter waiter) {
        return waiter.total > total && waiters.add(waiter);
    }

    private synchronized void forget(Waiter waiter) {
        waiters.remove(waiter);
    }
}
