package io.reactivelock.spring.web;

import org.jspecify.annotations.Nullable;

/** Says which failures are problems, of one family of exceptions. */
@FunctionalInterface
interface LockProblems {
    /** Returns what a client is told, or null where the failure is of another family. */
    @Nullable
    LockProblem of(Throwable failure);
}
