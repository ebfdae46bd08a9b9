package io.reactivelock;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Hands leases to their subscribers. A subscriber that releases while it is being told causes the next delivery: that one waits until
 * the first has returned, so that a long queue does not become a deep stack. On another thread it does not wait.
 */
final class Deliveries {
    private final Queue<Delivery> waiting = new ArrayDeque<>(1);
    private @Nullable Thread delivering;

    private record Delivery(Acquisition acquisition, HeldLease lease) {
        void run() {
            acquisition.emit(lease);
        }
    }

    void deliver(Acquisition acquisition, HeldLease lease) {
        Thread current = Thread.currentThread();
        Delivery delivery = new Delivery(acquisition, lease);
        Thread interrupted;
        synchronized (this) {
            if (delivering == current) {
                waiting.add(delivery);
                return;
            }
            interrupted = delivering;
            delivering = current;
        }
        for (Delivery next = delivery; next != null; next = next(interrupted)) {
            next.run();
        }
    }

    private synchronized @Nullable Delivery next(@Nullable Thread interrupted) {
        Delivery next = waiting.poll();
        if (next == null && delivering == Thread.currentThread()) {
            delivering = interrupted;
        }
        return next;
    }
}
