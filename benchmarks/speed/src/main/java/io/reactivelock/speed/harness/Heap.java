package io.reactivelock.speed.harness;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import reactor.core.publisher.Flux;

/** What is on the heap of this JVM after a collection. */
public final class Heap {
    private static final Pattern LINE = Pattern.compile("(?m)^ *\\d+: +(\\d+) +\\d+ +(\\S+)");

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
    private static final long SETTLED = 64 * 1024;

    private Heap() {}

    /** Returns the bytes in use, when they are so no longer on the decrease: what was closed before goes bit by bit. */
    public static long used() {
        return Objects.requireNonNull(Flux.interval(Duration.ZERO, BETWEEN_LOOKS)
                .onBackpressureDrop()
                .map(tick -> collected())
                .buffer(2, 1)
                .takeUntil(pair -> pair.get(0) - pair.get(1) < SETTLED)
                .map(pair -> pair.get(pair.size() - 1))
                .blockLast());
    }

    private static long collected() {
        System.gc();
        System.gc(); // references that the first one cleared
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /**
     * Counts the live instances of each class, by the JVM's own histogram.
     *
     * @param prefix what the names of the classes begin with
     * @param except what those begin with that do not count
     */
    public static Map<String, Long> instances(String prefix, String except) {
        String histogram;
        try {
            histogram = (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
        } catch (JMException e) {
            throw new BenchmarkException("This JVM gives no histogram of its heap: " + e, e);
        }
        Map<String, Long> instances = new HashMap<>();
        Matcher matcher = LINE.matcher(histogram);
        while (matcher.find()) {
            String name = matcher.group(2);
            if (name.startsWith(prefix) && !name.startsWith(except)) {
                instances.merge(name, Long.parseLong(matcher.group(1)), Long::sum);
            }
        }
        return instances;
    }
}
