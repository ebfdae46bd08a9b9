package io.reactivelock;

/** The client was disposed before or during the call. The caller holds nothing. */
public final class LockClientDisposedException extends LockException {
    private static final long serialVersionUID = 1L;

    /**
     * For adapters, and for tests of what catches it.
     *
     * @param lockName the lock name
     */
    public LockClientDisposedException(String lockName) {
        super(lockName, "lock '" + lockName + "': the client is disposed", null);
    }
}
