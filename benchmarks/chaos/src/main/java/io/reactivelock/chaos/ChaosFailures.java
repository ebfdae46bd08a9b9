package io.reactivelock.chaos;

import io.r2dbc.spi.R2dbcException;
import io.reactivelock.LockException;
import io.reactivelock.fencing.FencingException;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import java.util.concurrent.TimeoutException;

/** Classifies failures. */
final class ChaosFailures {
    private ChaosFailures() {}

    /** Whether the guard promises that the write had no effect. */
    static boolean hadNoEffect(Throwable failure) {
        return failure instanceof StaleTokenException
                || (failure instanceof FencingGuardException guard && !guard.isOutcomeUnknown());
    }

    /** Whether faults of servers and networks explain it. */
    static boolean isExpected(Throwable failure) {
        return failure instanceof LockException
                || failure instanceof FencingException
                || failure instanceof R2dbcException
                || failure instanceof TimeoutException;
    }
}
