package io.reactivelock.testkit;

/** What is asked of a backend: the methods of {@code LockBackend} and {@code WaitQueue} that reach the server. */
public enum LockOperation {
    /** {@code LockBackend.tryAcquire}. */
    TRY_ACQUIRE,
    /** {@code WaitQueue.enqueue}. */
    ENQUEUE,
    /** {@code WaitQueue.leave}. */
    LEAVE,
    /** {@code LockBackend.renew}, once for each call, whatever the number of leases. */
    RENEW,
    /** {@code LockBackend.release}. */
    RELEASE
}
