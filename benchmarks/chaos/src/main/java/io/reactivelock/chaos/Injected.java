package io.reactivelock.chaos;

import org.jspecify.annotations.Nullable;

/**
 * A fault that was injected. Times are {@code System.nanoTime()}.
 *
 * @param kind which kind
 * @param from when it began
 * @param until when it was healed
 * @param trouble why it could not be done, or null if it was
 */
record Injected(
        String kind, long from, long until, @Nullable String trouble) {}
