package io.reactivelock.internal;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Keeps the release of a lease behind the renewals that are being sent, so that no renewal follows its lease's release. Either the
 * round of renewals begins after the lease ended, and leaves it out; or the release sees the round, and waits until the renewals are
 * with the backend. It waits for no answer. (B5)
 */
final class ReleaseGate {
    private final SignalThreads signals;
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    /** From before the look at the leases until their renewals are with the backend. */
    private volatile boolean renewing;

    ReleaseGate(SignalThreads signals) {
        this.signals = signals;
    }

    /** Sends a release, now or after the round of renewals. */
    void release(Runnable send) {
        if (!renewing) {
            send.run();
            return;
        }
        waiting.add(send);
        if (!renewing) {
            sendWaiting(); // the round may have ended before it was there
        }
    }

    /** Sends a round of renewals. To be called by one thread at a time. */
    void renew(Runnable send) {
        renewing = true;
        try {
            send.run();
        } finally {
            renewing = false;
            sendWaiting();
        }
    }

    private void sendWaiting() {
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
            // an answer may reach user code, which must not run on the timer thread
            signals.run(next);
        }
    }
}
