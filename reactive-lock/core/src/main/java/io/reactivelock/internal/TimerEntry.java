package io.reactivelock.internal;

/**
 * What stands in the {@link TimerQueue}: a lease, an acquire, a release. The queue is at the same time the list of all that has to
 * end when the client is disposed.
 */
abstract class TimerEntry {
    /** Owned by the queue: when this is due on the monotonic clock. */
    long due;

    /** Owned by the queue: the place in its heap, or negative when it is not in there. */
    int place = -1;

    /**
     * Called on the timer thread, after this left the queue; it may have ended in the meantime. Runs no user code, which could
     * stall the renewal of other leases. // G6
     */
    abstract void onDue(long now);

    /** Called when the client begins to dispose. */
    abstract void onDispose();

    /** Called when the client's time to dispose is over: nothing will be due again. */
    abstract void onClose();
}
