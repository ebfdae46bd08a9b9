package io.reactivelock.spring.client;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds, among the causes of a failed start, the one that a test is about. */
final class StartFailures {
    private StartFailures() {}

    static <T extends Throwable> T find(@Nullable Throwable failure, Class<T> type) {
        Throwable cause = Objects.requireNonNull(failure, "it started");
        while (!type.isInstance(cause)) {
            cause = Objects.requireNonNull(cause.getCause(), () -> "no " + type + " in " + failure);
        }
        return type.cast(cause);
    }
}
