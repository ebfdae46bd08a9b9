package io.reactivelock.fencing.r2dbc;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The ends of waits that are all equally long. A timer for each wait would wake a thread for each; here they stand in a row, which is
 * in the order of their ends, and one timer waits for the oldest that has not been answered.
 */
final class ReplyTimeouts {
    private final Duration length;
    private final Scheduler scheduler = Schedulers.parallel();
    private final Queue<Wait> waits = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean armed = new AtomicBoolean();

    ReplyTimeouts(Duration length) {
        this.length = length;
    }

    /** Completes when a wait is over that begins with the subscription. A cancel ends the wait. */
    Mono<Void> next() {
        return Mono.create(sink -> {
            Wait wait = new Wait(sink, now() + length.toNanos());
            sink.onDispose(() -> answered(wait));
            waits.add(wait);
            arm(length.toNanos());
        });
    }

    private long now() {
        return scheduler.now(TimeUnit.NANOSECONDS);
    }

    private void arm(long nanos) {
        if (!armed.get() && armed.compareAndSet(false, true)) {
            scheduler.schedule(this::sweep, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void answered(Wait wait) {
        wait.answered = true;
        for (Wait first = waits.peek(); first != null && first.answered && waits.remove(first); first = waits.peek()) {
            // those behind it that are answered too go with it
        }
    }

    private void sweep() {
        long now = now();
        for (Wait first = waits.peek(); first != null && first.due - now <= 0; first = waits.peek()) {
            waits.remove(first);
            first.sink.success();
        }
        armed.set(false);
        Wait first = waits.peek();
        if (first != null) {
            arm(Math.max(0, first.due - now));
        }
    }

    private static final class Wait {
        final MonoSink<Void> sink;
        final long due;
        volatile boolean answered;

        Wait(MonoSink<Void> sink, long due) {
            this.sink = sink;
            this.due = due;
        }
    }
}
