package io.reactivelock.spring.locked;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says in words which annotation stops the application, and what to do. */
final class InvalidLockedFailureAnalyzer extends AbstractFailureAnalyzer<InvalidLockedException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidLockedException cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), cause.action(), cause);
    }
}
