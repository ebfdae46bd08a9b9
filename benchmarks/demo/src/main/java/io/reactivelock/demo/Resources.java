package io.reactivelock.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What this run opened: servers, processes, tables. Closed in reverse order when the run ends or the JVM is told to end, whichever
 * comes first. What is just being opened when the JVM ends is not waited for, as it may take a minute; all that is slow to open
 * watches its parent.
 */
final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private volatile boolean endOfJvm;

    /**
     * @param failed hears the sentence if not all can be closed when the JVM is told to end
     */
    static Resources closedWithJvm(Consumer<String> failed) {
        Resources resources = new Resources();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            resources.endOfJvm = true;
            try {
                resources.close();
            } catch (DemoException e) {
                failed.accept(DemoFailures.sentence(e));
            }
        }));
        return resources;
    }

    <T extends AutoCloseable> T open(Supplier<T> opening) {
        T resource = opening.get();
        synchronized (this) {
            opened.push(resource);
        }
        if (endOfJvm) {
            close();
        }
        return resource;
    }

    /** Whether the JVM was told to end; then whatever fails may fail for that reason. */
    boolean isEndOfJvm() {
        return endOfJvm;
    }

    @Override
    public synchronized void close() {
        DemoException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new DemoException("Not all was cleaned up: " + DemoFailures.sentence(e), e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
