package io.reactivelock.spring.web;

import io.reactivelock.LeaseLostException;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockTimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** What a call under a lock can end with. */
final class AcquireProblems implements LockProblems {
    @Override
    public @Nullable LockProblem of(Throwable failure) {
        if (failure instanceof LockTimeoutException) {
            return LockProblem.repeatable(
                    HttpStatus.SERVICE_UNAVAILABLE, "busy", "Somebody else is at work on this. Try again.");
        }
        if (failure instanceof LockClientDisposedException) {
            return LockProblem.repeatable(
                    HttpStatus.SERVICE_UNAVAILABLE, "closing", "This instance is shutting down. Try again.");
        }
        if (failure instanceof LeaseLostException) {
            return LockProblem.of(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "lease-lost",
                    "The lock was lost, and the work stopped. What was done by then stands.");
        }
        if (failure instanceof LockBackendException backend) {
            return backend.isTransient()
                    ? LockProblem.repeatable(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "locks-unavailable",
                            "The locks cannot be reached for the moment. Try again.")
                    : LockProblem.of(HttpStatus.INTERNAL_SERVER_ERROR, "locks-failed", "The locks cannot be taken.");
        }
        return null;
    }
}
