package io.reactivelock;

/** The client was disposed before or during the call. The caller holds nothing. */
public final class LockClientDisposedException extends LockException {
    private static final long serialVersionUID = 1L;

    LockClientDisposedException(String lockName) {
        super(lockName, "lock '" + lockName + "': the client is disposed", null);
    }
}
