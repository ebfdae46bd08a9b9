package io.reactivelock.spring.client;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** What to do where the guard is asked for on another database. */
final class NotPostgresFailureAnalyzer extends AbstractFailureAnalyzer<NotPostgresException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NotPostgresException cause) {
        return new FailureAnalysis(
                "A fencing guard is wanted, and " + cause.getMessage() + ".",
                "Point spring.r2dbc.url at a PostgreSQL 13 or newer; in a test, @AutoConfigureTestDatabase and an embedded database"
                        + " do not do. Or use no guard: leave out @Fenced, reactive-lock.fencing.enforce and"
                        + " reactive-lock.fencing.initialize-schema; reactive-lock.fencing.enabled=false switches it off.",
                cause);
    }
}
