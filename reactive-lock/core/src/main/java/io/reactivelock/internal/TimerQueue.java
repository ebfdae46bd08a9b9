package io.reactivelock.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The one timer of a client: a binary heap in which each entry knows its place, so that adding and removing costs O(log n), and next
 * to nothing for the usual entry that is due last. One task of the scheduler waits for the earliest entry; it is not taken back when
 * that entry goes, for a task that finds nothing is cheaper than one cancelled for every short lease.
 *
 * <p>Thread-safe. The monitor is held for a few steps in the heap and never while foreign code runs.
 */
final class TimerQueue {
    private static final Logger LOG = Loggers.getLogger(TimerQueue.class);

    private final LeaseClock clock;
    private final RepeatedWarning stopped;
    private final Scheduler.Worker worker;
    private final Consumer<TimerQueue> afterDue;

    private TimerEntry[] heap = new TimerEntry[16];
    private int size;
    private boolean closed;

    /** The task that waits, and for when; null between the start of a round and its end. */
    private @Nullable Alarm alarm;

    /**
     * @param clock the clock that entries are due on
     * @param worker runs the timer, one task at a time
     * @param afterDue called on the timer thread after each round of due entries
     */
    TimerQueue(LeaseClock clock, Scheduler.Worker worker, Consumer<TimerQueue> afterDue) {
        this.clock = clock;
        stopped = new RepeatedWarning(
                LOG,
                "The scheduler did not take the timer's task: until it takes one, nothing is renewed",
                clock::nanos);
        this.worker = worker;
        this.afterDue = afterDue;
    }

    /** Adds the entry, or moves it if it is there. Does nothing once closed. */
    void schedule(TimerEntry entry, long due) {
        synchronized (this) {
            if (closed) {
                return;
            }
            if (entry.place >= 0) {
                remove(entry);
            }
            entry.due = due;
            add(entry);
        }
        arm();
    }

    /** Takes the entry out, if it is there. */
    synchronized void cancel(TimerEntry entry) {
        if (entry.place >= 0) {
            remove(entry);
        }
    }

    synchronized List<TimerEntry> snapshot() {
        return List.of(Arrays.copyOf(heap, size));
    }

    synchronized int size() {
        return size;
    }

    /** Stops the timer and tells all that is left. */
    void close() {
        List<TimerEntry> left;
        synchronized (this) {
            left = snapshot();
            closed = true;
            while (size > 0) {
                remove(heap[0]);
            }
        }
        worker.dispose();
        left.forEach(entry -> guarded(entry::onClose));
    }

    private void arm() {
        Alarm next;
        synchronized (this) {
            if (closed || size == 0 || (alarm != null && alarm.due - heap[0].due <= 0)) {
                return;
            }
            if (alarm != null) {
                alarm.task.dispose();
            }
            next = new Alarm(heap[0].due);
            alarm = next;
        }
        // outside of the monitor, for a virtual time scheduler runs what is due within this call
        Throwable refused = ForeignCode.thrownBy(() -> next.task.replace(
                worker.schedule(this::run, Math.max(0, next.due - clock.nanos()), TimeUnit.NANOSECONDS)));
        if (refused == null) {
            return;
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            if (alarm == next) {
                alarm = null; // so that the next entry tries again
            }
        }
        stopped.tell(refused);
    }

    private void run() {
        long now = clock.nanos();
        for (TimerEntry entry : takeDue(now)) {
            guarded(() -> entry.onDue(now));
        }
        guarded(() -> afterDue.accept(this));
        arm();
    }

    /** What fails in one entry must not stop the timer of all others. */
    private static void guarded(Runnable step) {
        ForeignCode.run("a step of the timer", step);
    }

    private synchronized List<TimerEntry> takeDue(long now) {
        if (alarm != null) {
            // the one that runs, or one that is set anew for what is left
            alarm.task.dispose();
            alarm = null;
        }
        List<TimerEntry> due = new ArrayList<>();
        while (size > 0 && heap[0].due - now <= 0) {
            TimerEntry first = heap[0];
            remove(first);
            due.add(first);
        }
        return due;
    }

    /** Each alarm has a place of its own for its task, so that setting one late disposes no newer one. */
    private static final class Alarm {
        final long due;
        final Disposable.Swap task = Disposables.swap();

        Alarm(long due) {
            this.due = due;
        }
    }

    private void add(TimerEntry entry) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        siftUp(entry, size++);
    }

    private void remove(TimerEntry entry) {
        int place = entry.place;
        entry.place = -1;
        TimerEntry last = heap[--size];
        clear(size);
        if (last != entry) {
            siftUp(last, place);
            siftDown(last, last.place);
        }
        if (heap.length > 1024 && size < heap.length / 4) {
            heap = Arrays.copyOf(heap, heap.length / 2);
        }
    }

    @SuppressWarnings("NullAway") // beyond its size the heap holds nulls, so as to keep no entry alive
    private void clear(int place) {
        heap[place] = null;
    }

    private void siftUp(TimerEntry entry, int place) {
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (heap[parent].due - entry.due <= 0) {
                break;
            }
            put(heap[parent], place);
            place = parent;
        }
        put(entry, place);
    }

    private void siftDown(TimerEntry entry, int place) {
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && heap[child + 1].due - heap[child].due < 0) {
                child++;
            }
            if (entry.due - heap[child].due <= 0) {
                break;
            }
            put(heap[child], place);
            place = child;
        }
        put(entry, place);
    }

    private void put(TimerEntry entry, int place) {
        heap[place] = entry;
        entry.place = place;
    }
}
