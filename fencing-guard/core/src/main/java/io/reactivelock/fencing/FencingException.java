package io.reactivelock.fencing;

import org.jspecify.annotations.Nullable;

/**
 * Root of what a guard can end with, beside the errors of the user's own work and SQL, which pass through untouched. The subclasses
 * are split by what a caller can do next.
 */
public abstract class FencingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FencingException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
