package io.reactivelock.mutations;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs test methods of one class, in a JVM of their own that has the bug on its class path. */
final class OneTest {
    static final int GREEN = 0;
    static final int RED = 10;
    static final int NOTHING_RUN = 11;

    private OneTest() {}

    /** Arguments: the class, and its methods. */
    public static void main(String[] args) {
        Set<String> methods = Set.copyOf(List.of(args).subList(1, args.length));
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(args[0]))
                .filters((PostDiscoveryFilter) test -> FilterResult.includedIf(isOneOf(methods, test)))
                .configurationParameter("junit.jupiter.execution.timeout.default", "30 s")
                .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        summary.getFailures()
                .forEach(failure -> out.println("FAILED "
                        + failure.getTestIdentifier().getLegacyReportingName() + ": "
                        + failure.getException().toString().replace('\n', ' ')));
        // a thread that a bug left behind must not keep this JVM
        System.exit(code(summary));
    }

    private static int code(TestExecutionSummary summary) {
        if (summary.getTotalFailureCount() > 0) {
            return RED;
        }
        return summary.getTestsSucceededCount() > 0 ? GREEN : NOTHING_RUN;
    }

    private static boolean isOneOf(Set<String> methods, TestDescriptor test) {
        return test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(source -> methods.contains(((MethodSource) source).getMethodName()))
                .orElse(true);
    }
}
