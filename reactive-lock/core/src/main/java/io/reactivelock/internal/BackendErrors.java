package io.reactivelock.internal;

import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;

/** The one place that says what a backend's trouble means to a caller. */
final class BackendErrors {
    private BackendErrors() {}

    /** A backend says itself what its error means; of any other error the outcome is unknown. */
    static LockBackendException of(String lockName, Throwable error) {
        return error instanceof LockBackendException known
                ? known
                : new LockBackendException(lockName, Kind.UNKNOWN, "the backend failed: " + error, error);
    }

    /** A backend ended a call without its result. */
    static LockBackendException silent(String lockName, String call) {
        return new LockBackendException(
                lockName, Kind.UNKNOWN, "the backend completed " + call + " without a result", null);
    }
}
