package io.reactivelock.spring.client;

import org.jspecify.annotations.Nullable;

/** The application was to start with connections of its locks, and has none. */
final class LocksUnreachableException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    LocksUnreachableException(String reason, @Nullable Throwable cause) {
        super("the locks cannot be reached: " + reason, cause);
    }
}
