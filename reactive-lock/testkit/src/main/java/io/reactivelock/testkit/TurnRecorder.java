package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.spi.WaitSignal.Contended;
import io.reactivelock.spi.WaitSignal.HandOff;
import io.reactivelock.spi.WaitSignal.Recheck;
import io.reactivelock.spi.WaitSignal.Turn;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.ConnectableFlux;

/**
 * Listens to a queue's signals. Its creation waits until the server knows of it. Signals name a holder, which is a test's own, so that
 * those of tests that run at the same time on the same backend are told apart.
 */
final class TurnRecorder implements AutoCloseable {
    private final ContractTime time;
    private final ConnectableFlux<WaitSignal> signals;
    private final List<Holder> seen = new CopyOnWriteArrayList<>();
    private final Disposable subscription;

    TurnRecorder(WaitQueue queue, ContractTime time) {
        this.time = time;
        signals = queue.signals().replay();
        signals.mapNotNull(TurnRecorder::calledBy).subscribe(seen::add);
        subscription = signals.connect();
        time.await(signals.ofType(Recheck.class).next());
    }

    void await(Holder holder) {
        time.await(signals.mapNotNull(TurnRecorder::calledBy)
                .filter(holder::equals)
                .next());
    }

    void awaitContended(Holder holder) {
        time.await(signals.filter(new Contended(holder)::equals).next());
    }

    private static @Nullable Holder calledBy(WaitSignal signal) {
        if (signal instanceof HandOff handOff) {
            return handOff.holder();
        }
        return signal instanceof Turn turn ? turn.holder() : null;
    }

    /** Those of the given holders that were called, in this order, each as often as it was. */
    List<Holder> seenOf(Holder... holders) {
        return seen.stream().filter(Set.of(holders)::contains).toList();
    }

    @Override
    public void close() {
        subscription.dispose();
    }
}
