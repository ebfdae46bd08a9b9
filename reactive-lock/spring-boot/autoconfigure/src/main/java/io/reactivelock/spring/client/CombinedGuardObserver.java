package io.reactivelock.spring.client;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.fencing.StaleTokenException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Tells several observers, in their order. One that throws keeps nothing from the others. */
final class CombinedGuardObserver implements FencingGuardObserver {
    private final List<FencingGuardObserver> observers;

    private CombinedGuardObserver(List<FencingGuardObserver> observers) {
        this.observers = observers;
    }

    /** Of none, the observer that costs nothing; of one, that one. */
    static FencingGuardObserver of(List<FencingGuardObserver> observers) {
        return switch (observers.size()) {
            case 0 -> FencingGuardObserver.NONE;
            case 1 -> observers.get(0);
            default -> new CombinedGuardObserver(List.copyOf(observers));
        };
    }

    @Override
    public void advanced(String resource, FencingToken token, Duration took) {
        tell(observer -> observer.advanced(resource, token, took));
    }

    @Override
    public void refused(StaleTokenException refusal) {
        tell(observer -> observer.refused(refusal));
    }

    @Override
    public void retried(StaleTokenException refusal) {
        tell(observer -> observer.retried(refusal));
    }

    @Override
    public void failed(FencingGuardException failure) {
        tell(observer -> observer.failed(failure));
    }

    private void tell(Consumer<FencingGuardObserver> event) {
        Telling.all(observers, event);
    }
}
