package io.reactivelock.internal;

import io.reactivelock.LockClientOptions;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What all parts of one client share.
 *
 * @param options how the client waits and runs
 * @param clock both clocks
 * @param timers the one timer
 * @param backOff delays between attempts
 * @param holders where new holders come from
 * @param pending what is still on its way, for which a close waits
 * @param signals the threads on which user code is told
 * @param observation tells the observer
 * @param closing whether the close has begun: nobody gets a lease any more
 */
record EngineRuntime(
        LockClientOptions options,
        LeaseClock clock,
        TimerQueue timers,
        BackOff backOff,
        HolderSource holders,
        PendingWork pending,
        SignalThreads signals,
        Observation observation,
        AtomicBoolean closing) {
    boolean isClosing() {
        return closing.get();
    }
}
