package io.reactivelock.chaos;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * Where a worker writes down what it saw in one span. What was flushed survives the kill of the process, for the file is in the
 * kernel's hands by then; an acknowledgement that was not is one that nobody knows of. Safe for use by several threads.
 */
final class History implements AutoCloseable {
    private static final Duration FLUSH_INTERVAL = Duration.ofMillis(20);
    private static final int BUFFER = 1 << 16;

    private final DataOutputStream out;
    private final Map<CountedEvent, LongAdder> counted = new EnumMap<>(CountedEvent.class);
    private final Disposable flushing;
    private boolean closed;

    private History(DataOutputStream out) {
        this.out = out;
        for (CountedEvent counter : CountedEvent.values()) {
            counted.put(counter, new LongAdder());
        }
        long interval = FLUSH_INTERVAL.toMillis();
        this.flushing = Schedulers.boundedElastic()
                .schedulePeriodically(this::flush, interval, interval, TimeUnit.MILLISECONDS);
    }

    static History create(Path file) {
        try {
            return new History(new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized void add(HistoryEntry entry) {
        if (closed) {
            return; // what comes after the span has ended is nobody's
        }
        try {
            entry.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void count(CountedEvent counter) {
        Objects.requireNonNull(counted.get(counter)).increment();
    }

    private synchronized void flush() {
        counted.forEach((counter, adder) -> {
            long number = adder.sumThenReset();
            if (number > 0) {
                add(new HistoryEntry.Counted(counter, number));
            }
        });
        if (closed) {
            return;
        }
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void close() {
        flushing.dispose();
        flush();
        closed = true;
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
