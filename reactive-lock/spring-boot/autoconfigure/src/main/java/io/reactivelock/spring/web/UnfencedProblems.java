package io.reactivelock.spring.web;

import io.reactivelock.spring.UnfencedWriteException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** A write that was not under its lock: a defect of the application. */
final class UnfencedProblems implements LockProblems {
    @Override
    public @Nullable LockProblem of(Throwable failure) {
        return failure instanceof UnfencedWriteException
                ? LockProblem.of(HttpStatus.INTERNAL_SERVER_ERROR, "unfenced-write", "Nothing was written.")
                : null;
    }
}
