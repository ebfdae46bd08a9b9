package io.reactivelock.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * Hands leases to their subscribers. A subscriber that releases while it is being told causes the next delivery: that one waits until
 * the first has returned, so that a long queue does not become a deep stack. On another thread it does not wait.
 */
final class Trampoline {
    /** Guarded by this: one for each thread that delivers. */
    private final List<Round> rounds = new ArrayList<>(1);

    private record Delivery(AcquireSubscription acquisition, DefaultLease lease) {
        void run() {
            acquisition.emit(lease);
        }
    }

    /** What one thread delivers, and what it is caused to deliver next. */
    private static final class Round {
        final Thread thread;
        final Queue<Delivery> waiting = new ArrayDeque<>(1);

        Round(Thread thread) {
            this.thread = thread;
        }
    }

    /** A subscriber that throws does not keep the others from being told. */
    void deliver(AcquireSubscription acquisition, DefaultLease lease) {
        Delivery delivery = new Delivery(acquisition, lease);
        Round round = begin(delivery);
        if (round == null) {
            return;
        }
        Throwable failure = null;
        for (Delivery next = delivery; next != null; next = next(round)) {
            try {
                next.run();
            } catch (Throwable e) {
                failure = failure == null ? e : Exceptions.addSuppressed(failure, e);
            }
        }
        if (failure != null) {
            throw Exceptions.propagate(failure);
        }
    }

    /** Returns null where this thread delivers already: then it delivers this too. */
    private synchronized @Nullable Round begin(Delivery delivery) {
        Thread current = Thread.currentThread();
        for (Round round : rounds) {
            if (round.thread == current) {
                round.waiting.add(delivery);
                return null;
            }
        }
        Round round = new Round(current);
        rounds.add(round);
        return round;
    }

    private synchronized @Nullable Delivery next(Round round) {
        Delivery next = round.waiting.poll();
        if (next == null) {
            rounds.remove(round);
        }
        return next;
    }
}
