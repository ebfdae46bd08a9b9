package io.reactivelock.testkit;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What Netty's leak detector reports in this JVM, from the first use of this class on; it has to come before Netty's buffers. */
final class BufferLeaks {
    private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

    /**
     * Requests of r2dbc-postgresql: the driver alone holds them, and loses some that meet the end of their connection. Reactor Netty
     * 1.3.7 has put a closed channel in the place of the connection's by then, which throws before it takes the buffer, and driver
     * 1.1.1 forgets the parameters of a request that it gives up (pgjdbc/r2dbc-postgresql#717). Replies, which a caller can leave
     * unread, are reported.
     */
    private static final Pattern REQUEST_OF_R2DBC =
            Pattern.compile("io\\.r2dbc\\.postgresql\\.(message\\.frontend\\.|codec\\.\\w+\\.lambda\\$\\w*[eE]ncode)");

    /** Frames that are the same for every test. */
    private static final Pattern RUNNER =
            Pattern.compile("\\s+(java\\.base/|org\\.junit\\.|org\\.apache\\.maven\\.).*");

    static {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Recorders());
    }

    private BufferLeaks() {}

    /** Makes sure that reports are kept. */
    static void watch() {
        // the initializer does it
    }

    /** What was found since the last call; first finds what can be found. */
    static List<String> take() {
        System.gc();
        // the detector looks for what was collected whenever a buffer is allocated
        ByteBufAllocator.DEFAULT.buffer().release();
        List<String> taken = new ArrayList<>();
        for (String leak = FOUND.poll(); leak != null; leak = FOUND.poll()) {
            taken.add(leak);
        }
        return taken;
    }

    private static String withoutRunner(String records) {
        return records.lines().filter(line -> !RUNNER.matcher(line).matches()).collect(Collectors.joining("\n"));
    }

    private static final class Recorders extends ResourceLeakDetectorFactory {
        @Override
        @SuppressWarnings("deprecation") // the only abstract method, and the parameter of samples ends here
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval, long maxActive) {
            return new Recorder<>(resource, interval);
        }
    }

    private static final class Recorder<T> extends ResourceLeakDetector<T> {
        Recorder(Class<?> resource, int interval) {
            super(resource, interval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String type, String records) {
            if (!REQUEST_OF_R2DBC.matcher(records).find()) {
                FOUND.add(type + " was not released:" + withoutRunner(records));
            }
        }

        @Override
        protected void reportUntracedLeak(String type) {
            FOUND.add(type + " was not released");
        }
    }
}
