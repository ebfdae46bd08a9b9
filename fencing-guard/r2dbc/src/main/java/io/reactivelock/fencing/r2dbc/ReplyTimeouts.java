package io.reactivelock.fencing.r2dbc;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The ends of waits that are all equally long. A timer for each wait would wake a thread for each; here they stand in a row, which is
 * in the order of their ends, and one timer waits for the oldest. Whoever is answered leaves the row from where they stand, so that
 * one slow answer keeps nothing of those behind it.
 */
final class ReplyTimeouts {
    private final Duration length;
    private final Scheduler scheduler = Schedulers.parallel();

    /** Before the oldest and after the newest; guarded, as all links are, by this object. */
    private final Wait ends = new Wait(() -> {}, 0);

    private boolean armed;

    ReplyTimeouts(Duration length) {
        this.length = length;
    }

    /** Ends in an error, and cancels the source, where that says nothing for so long after the subscription. */
    <T> Mono<T> limit(Mono<T> source) {
        return new ReplyLimit<>(source, this);
    }

    Duration length() {
        return length;
    }

    /** Calls when a wait is over that begins now, unless it is {@linkplain #answered answered} before. */
    Wait begin(Runnable over) {
        Wait wait = new Wait(over, now() + length.toNanos());
        if (append(wait)) {
            arm(length.toNanos());
        }
        return wait;
    }

    private long now() {
        return scheduler.now(TimeUnit.NANOSECONDS);
    }

    private void arm(long nanos) {
        scheduler.schedule(this::sweep, nanos, TimeUnit.NANOSECONDS);
    }

    private void sweep() {
        long now = now();
        for (Wait over = takeOver(now); over != null; over = takeOver(now)) {
            over.call.run();
        }
        long next = nextAfter(now);
        if (next >= 0) {
            arm(next);
        }
    }

    private synchronized boolean append(Wait wait) {
        wait.linkBetween(ends.previous, ends);
        boolean arm = !armed;
        armed = true;
        return arm;
    }

    /** Repeatable. */
    synchronized void answered(Wait wait) {
        wait.unlink();
    }

    private synchronized @Nullable Wait takeOver(long now) {
        Wait oldest = ends.next;
        if (oldest == ends || oldest.due - now > 0) {
            return null;
        }
        oldest.unlink();
        return oldest;
    }

    /** How long the oldest has still to wait; -1 where there is none, and then no timer either. */
    private synchronized long nextAfter(long now) {
        armed = ends.next != ends;
        return armed ? Math.max(0, ends.next.due - now) : -1;
    }

    /** How many wait, for tests. */
    synchronized int size() {
        int size = 0;
        for (Wait wait = ends.next; wait != ends; wait = wait.next) {
            size++;
        }
        return size;
    }

    /** One wait, linked to its neighbours; to itself where it is in no row. */
    static final class Wait {
        private final Runnable call;
        private final long due;
        private Wait previous = this;
        private Wait next = this;

        private Wait(Runnable call, long due) {
            this.call = call;
            this.due = due;
        }

        private void linkBetween(Wait before, Wait after) {
            previous = before;
            next = after;
            before.next = this;
            after.previous = this;
        }

        private void unlink() {
            previous.next = next;
            next.previous = previous;
            previous = this;
            next = this;
        }
    }
}
