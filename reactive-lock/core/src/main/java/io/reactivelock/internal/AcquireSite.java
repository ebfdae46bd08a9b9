package io.reactivelock.internal;

/** Where an acquire was written: the cause of the warning that its lease was dropped. Never thrown. */
final class AcquireSite extends Exception {
    private static final long serialVersionUID = 1;

    AcquireSite(String lockName) {
        super("the lock '" + lockName + "' was acquired here");
    }
}
