package io.reactivelock.spring.client;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** What to do where the locks are required at the start, and are away. */
final class LocksUnreachableFailureAnalyzer extends AbstractFailureAnalyzer<LocksUnreachableException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, LocksUnreachableException cause) {
        return new FailureAnalysis(
                "The application is not to start without its locks (reactive-lock.warm-up=required), and "
                        + cause.getMessage() + ".",
                "Check that Redis runs, and that spring.data.redis.* (or reactive-lock.redis.url) names its address, user and"
                        + " password. To start without it, and connect later, set reactive-lock.warm-up=on; for a slow network,"
                        + " a longer reactive-lock.warm-up-timeout.",
                cause);
    }
}
