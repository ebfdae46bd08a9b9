package io.reactivelock.spring.client;

import io.r2dbc.spi.R2dbcException;
import io.reactivelock.fencing.FencingGuardException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** What to do about a database without the guard's schema, and about a user who may not create it. */
final class MissingFenceSchemaFailureAnalyzer extends AbstractFailureAnalyzer<FencingGuardException> {
    private static final String BY_A_TOOL = "let Flyway, Liquibase or psql run the resource "
            + FenceSchemaHints.RESOURCE + " of fencing-guard-postgresql as the owner of the schema";

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, FencingGuardException cause) {
        if (isSchemaMissing(cause)) {
            return new FailureAnalysis(
                    "The database has no schema of the fencing guard, or an old one: " + cause.getMessage() + ".",
                    "Set reactive-lock.fencing.initialize-schema=always, or " + BY_A_TOOL + ".",
                    cause);
        }
        if (stateOf(cause).equals("42501")) {
            return new FailureAnalysis(
                    "The user of the ConnectionFactory may not do this: " + cause.getMessage() + ".",
                    "Set reactive-lock.fencing.initialize-schema=never, and " + BY_A_TOOL
                            + "; tables that are under the guard already need no reactive-lock.fencing.enforce.",
                    cause);
        }
        return null;
    }

    /** A table or a function of the guard that there is not: the guard says of it what to run. */
    static boolean isSchemaMissing(FencingGuardException failure) {
        String state = stateOf(failure);
        return (state.equals("42P01") || state.equals("42883"))
                && String.valueOf(failure.getMessage()).contains("createSchema()");
    }

    private static String stateOf(FencingGuardException failure) {
        return failure.getCause() instanceof R2dbcException cause ? String.valueOf(cause.getSqlState()) : "";
    }
}
