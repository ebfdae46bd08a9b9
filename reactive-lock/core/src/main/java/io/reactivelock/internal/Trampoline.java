package io.reactivelock.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Runs deliveries one after the other on each thread. A subscriber that releases while it is being told causes the next delivery:
 * that one waits until the first has returned, so that a long queue does not become a deep stack. On another thread it does not wait.
 */
final class Trampoline {
    /** Guarded by this: one for each thread that delivers. */
    private final List<Round> rounds = new ArrayList<>(1);

    /** What one thread runs, and what that causes it to run next. */
    private static final class Round {
        final Thread thread;
        final Queue<Runnable> waiting = new ArrayDeque<>(1);

        Round(Thread thread) {
            this.thread = thread;
        }
    }

    /** One that throws does not keep the others from being run. */
    void run(Runnable delivery) {
        Round round = begin(delivery);
        if (round == null) {
            return;
        }
        for (Runnable next = delivery; next != null; next = next(round)) {
            ForeignCode.run("a delivery", next);
        }
    }

    /** Returns null where this thread delivers already: then it delivers this too. */
    private synchronized @Nullable Round begin(Runnable delivery) {
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

    private synchronized @Nullable Runnable next(Round round) {
        Runnable next = round.waiting.poll();
        if (next == null) {
            rounds.remove(round);
        }
        return next;
    }
}
