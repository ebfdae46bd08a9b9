package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockObserver;
import io.reactivelock.LockObserver.Acquire;
import io.reactivelock.LockObserver.AcquireEnd;
import io.reactivelock.LockObserver.GrantPath;
import io.reactivelock.LockObserver.RenewalRound;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Tells the observer, whatever it throws. Costs a look at one field where there is none. */
final class Observation {
    private final @Nullable LockObserver observer;

    Observation(LockObserver observer) {
        this.observer = observer == LockObserver.NONE ? null : observer;
    }

    boolean isObserved() {
        return observer != null;
    }

    void started(Acquire acquire) {
        if (observer != null) {
            tell(() -> observer.acquireStarted(acquire));
        }
    }

    void queued(Acquire acquire) {
        if (observer != null) {
            tell(() -> observer.acquireQueued(acquire));
        }
    }

    void granted(Acquire acquire, Lease lease, GrantPath path) {
        if (observer != null) {
            tell(() -> observer.acquireGranted(acquire, lease, path));
        }
    }

    void ended(Acquire acquire, AcquireEnd end, @Nullable Throwable error) {
        if (observer != null) {
            tell(() -> observer.acquireEnded(acquire, end, error));
        }
    }

    void released(Lease lease, long heldNanos) {
        if (observer != null) {
            tell(() -> observer.leaseReleased(lease, Duration.ofNanos(heldNanos)));
        }
    }

    void lost(Lease lease, LeaseLoss loss, long heldNanos) {
        if (observer != null) {
            tell(() -> observer.leaseLost(lease, loss, Duration.ofNanos(heldNanos)));
        }
    }

    void dropped(Lease lease) {
        if (observer != null) {
            tell(() -> observer.leaseDropped(lease));
        }
    }

    void renewed(RenewalRound round) {
        if (observer != null) {
            tell(() -> observer.renewalRound(round));
        }
    }

    private static void tell(Runnable event) {
        ForeignCode.run("an observer, whose event is dropped", event);
    }
}
