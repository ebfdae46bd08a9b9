package io.reactivelock.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaves something behind: a buffer of Netty that was not released, or a thread of a lock client, of Lettuce
 * or of Vert.x that has not ended ten seconds after the last test. What is left is reported once. Requests that r2dbc-postgresql could
 * not send, as their connection ended, are not reported: it loses some, and nobody else can release them.
 *
 * <p>Meant for all classes of a test run, through a file {@code META-INF/services/org.junit.jupiter.api.extension.Extension} with this
 * class's name and {@code junit.jupiter.extensions.autodetection.enabled=true}, for the detector of Netty has to be there before its
 * first buffer. It looks at the whole JVM, so that classes must not run at the same time.
 */
public final class LeftoversExtension implements AfterAllCallback {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final List<String> OWNERS = List.of("reactive-lock", "lettuce-", "vert.x-");

    /** What one class left behind is not the fault of the next. */
    private static final Set<Thread> REPORTED = ConcurrentHashMap.newKeySet();

    /** For the service loader. */
    public LeftoversExtension() {
        BufferLeaks.watch();
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        boolean nested =
                context.getParent().flatMap(ExtensionContext::getTestClass).isPresent();
        if (nested) {
            return; // the class around it may still need what it opened
        }
        List<String> leftovers = find(PATIENCE);
        if (!leftovers.isEmpty()) {
            throw new AssertionError(context.getDisplayName() + " leaves behind: " + String.join("\n", leftovers));
        }
    }

    static List<String> find(Duration patience) throws InterruptedException {
        for (Thread thread : running()) {
            thread.join(patience.toMillis());
        }
        List<Thread> threads = running();
        REPORTED.addAll(threads);
        return Stream.concat(threads.stream().map(thread -> "thread " + thread.getName()), BufferLeaks.take().stream())
                .toList();
    }

    private static List<Thread> running() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !REPORTED.contains(thread) && OWNERS.stream().anyMatch(thread.getName()::startsWith))
                .toList();
    }
}
