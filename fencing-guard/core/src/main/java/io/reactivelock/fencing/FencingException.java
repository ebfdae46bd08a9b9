package io.reactivelock.fencing;

import org.jspecify.annotations.Nullable;

/**
 * Root of what a guard can end with, beside the errors of the user's own work and SQL, which pass through untouched. The subclasses
 * are split by what a caller can do next.
 */
public abstract class FencingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private transient boolean told;

    FencingException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Returns whether it was not asked before: an observer is told of each exception once. */
    final synchronized boolean isNew() {
        boolean first = !told;
        told = true;
        return first;
    }
}
