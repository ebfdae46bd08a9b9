package io.reactivelock.internal;

import io.reactivelock.LockBackendException;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the acquires that found the lock held, and wait; refuses one too many rather than fill the memory. (F7) */
final class WaiterLimit {
    private final AtomicInteger waiting = new AtomicInteger();
    private final int max;

    WaiterLimit(int max) {
        this.max = max;
    }

    /** Counts one more, unless too many wait. */
    boolean enter() {
        if (waiting.incrementAndGet() > max) {
            waiting.decrementAndGet();
            return false;
        }
        return true;
    }

    void exit() {
        waiting.decrementAndGet();
    }

    int count() {
        return waiting.get();
    }

    LockBackendException exceeded(String lockName) {
        return new LockBackendException(
                lockName,
                LockBackendException.Kind.TRANSIENT,
                max + " acquires wait already; see LockClientOptions.maxWaiters",
                null);
    }
}
