package io.reactivelock.demo;

import io.lettuce.core.RedisException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTransientException;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockException;
import io.reactivelock.fencing.FencingException;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import java.net.ConnectException;

/** Classifies failures: those after which a buyer tries again, and those that are reported to the user. */
final class DemoFailures {
    private DemoFailures() {}

    /** The last check before the write found that the lease had ended. */
    static final class LeaseEnded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LeaseEnded() {
            super("the lease ended before the write");
        }
    }

    /** Not asked about failures of the lock's backend: the client itself retries those until the wait time is over. */
    static boolean mayRetry(Throwable failure) {
        return failure instanceof LeaseEnded
                || failure instanceof LeaseLostException
                || failure instanceof StaleTokenException
                || failure instanceof R2dbcTransientException
                || failure instanceof R2dbcNonTransientResourceException
                || (failure instanceof FencingGuardException guard && guard.isTransient());
    }

    /** Whether a server or the options caused it, and not the demo. */
    static boolean areTold(Throwable failure) {
        return failure instanceof DemoException
                || failure instanceof LockException
                || failure instanceof FencingException
                || failure instanceof R2dbcException
                || failure instanceof RedisException;
    }

    /** Describes the failure in one sentence. */
    static String sentence(Throwable failure) {
        if (failure instanceof DemoException) {
            return String.valueOf(failure.getMessage());
        }
        if (failure instanceof LockException || failure instanceof FencingException) {
            return failure.getMessage() + ".";
        }
        if (failure instanceof R2dbcException refused) {
            String state = refused.getSqlState();
            return "PostgreSQL failed: " + refused.getMessage() + (state == null ? "." : " (SQLSTATE " + state + ").");
        }
        if (failure instanceof RedisException) {
            return "Redis failed: " + reason(failure) + ".";
        }
        return failure + ".";
    }

    /** The innermost message, which says the most. */
    static String reason(Throwable failure) {
        Throwable innermost = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException) {
                return "connection refused"; // the message names system calls
            }
            innermost = cause;
        }
        return innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
    }
}
