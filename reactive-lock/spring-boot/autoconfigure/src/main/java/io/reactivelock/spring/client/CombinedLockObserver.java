package io.reactivelock.spring.client;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockObserver;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells several observers, in their order. One that throws keeps nothing from the others. */
final class CombinedLockObserver implements LockObserver {
    private final List<LockObserver> observers;

    private CombinedLockObserver(List<LockObserver> observers) {
        this.observers = observers;
    }

    /** Of none, the observer that costs nothing; of one, that one. */
    static LockObserver of(List<LockObserver> observers) {
        return switch (observers.size()) {
            case 0 -> LockObserver.NONE;
            case 1 -> observers.get(0);
            default -> new CombinedLockObserver(List.copyOf(observers));
        };
    }

    @Override
    public void acquireStarted(Acquire acquire) {
        tell(observer -> observer.acquireStarted(acquire));
    }

    @Override
    public void acquireQueued(Acquire acquire) {
        tell(observer -> observer.acquireQueued(acquire));
    }

    @Override
    public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
        tell(observer -> observer.acquireGranted(acquire, lease, path));
    }

    @Override
    public void acquireEnded(Acquire acquire, AcquireEnd end, @Nullable Throwable error) {
        tell(observer -> observer.acquireEnded(acquire, end, error));
    }

    @Override
    public void leaseReleased(Lease lease, Duration held) {
        tell(observer -> observer.leaseReleased(lease, held));
    }

    @Override
    public void leaseLost(Lease lease, LeaseLoss loss, Duration held) {
        tell(observer -> observer.leaseLost(lease, loss, held));
    }

    @Override
    public void leaseDropped(Lease lease) {
        tell(observer -> observer.leaseDropped(lease));
    }

    @Override
    public void renewalRound(RenewalRound round) {
        tell(observer -> observer.renewalRound(round));
    }

    private void tell(Consumer<LockObserver> event) {
        Telling.all(observers, event);
    }
}
