package io.reactivelock;

import org.jspecify.annotations.Nullable;

/**
 * Root of what a lock operation can end with. The subclasses are split by what a caller can do next.
 */
public abstract class LockException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String lockName;

    LockException(String lockName, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.lockName = lockName;
    }

    /** {@return the lock name} */
    public final String lockName() {
        return lockName;
    }
}
