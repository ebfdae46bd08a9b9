package io.reactivelock.spring.web;

import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** What a guarded write can end with. */
final class GuardProblems implements LockProblems {
    @Override
    public @Nullable LockProblem of(Throwable failure) {
        if (failure instanceof StaleTokenException) {
            return LockProblem.of(
                    HttpStatus.CONFLICT, "stale", "Somebody else has gone on with this. Nothing was written.");
        }
        if (failure instanceof FencingGuardException guard) {
            return switch (guard.kind()) {
                case TRANSIENT ->
                    LockProblem.repeatable(
                            HttpStatus.SERVICE_UNAVAILABLE, "storage-unavailable", "Nothing was written. Try again.");
                case UNKNOWN ->
                    LockProblem.of(
                            HttpStatus.INTERNAL_SERVER_ERROR,
                            "outcome-unknown",
                            "It is not known whether this was done.");
                case PERMANENT ->
                    LockProblem.of(HttpStatus.INTERNAL_SERVER_ERROR, "guard-failed", "Nothing was written.");
            };
        }
        return null;
    }
}
