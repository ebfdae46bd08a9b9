package io.reactivelock.testkit;

import static io.reactivelock.testkit.LockBackendContract.newHolder;
import static io.reactivelock.testkit.LockBackendContract.newName;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.LossSignals;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** What a backend that tells of losses has to do beyond the {@link LockBackendContract}. Tests may run at the same time, as there. */
public interface LossSignalsContract extends LockBackendContract {
    /** Ends the lease of a lock from outside, as the server does when the session dies that keeps it. */
    void endLease(String name);

    /** Returns the loss signals of the backend under test. */
    default LossSignals losses() {
        return backend().lossSignals().orElseThrow();
    }

    @Test
    @DisplayName("B7: a lease that ended without a release is told by its holder, and has ended then")
    default void tellsOfALease() {
        String name = newName();
        Holder holder = newHolder();
        take(name, holder);
        List<Holder> told = new CopyOnWriteArrayList<>();
        Disposable listening = losses().losses().subscribe(told::add);
        try {
            endLease(name);
            awaitTold(told, holder);
        } finally {
            listening.dispose();
        }

        assertThat(time().await(backend()
                        .renew(List.of(new Renewal(name, holder, longLeaseTime())))
                        .single()))
                .isEqualTo(new RenewalResult.Lost(holder));
    }

    @Test
    @DisplayName("C1: a release is no loss, and a lease that goes on is never told")
    default void isSilentOfTheOthers() {
        String ends = newName();
        String released = newName();
        String goesOn = newName();
        Holder ended = newHolder();
        Holder releasing = newHolder();
        Holder going = newHolder();
        take(ends, ended);
        take(released, releasing);
        take(goesOn, going);
        List<Holder> told = new CopyOnWriteArrayList<>();
        Disposable listening = losses().losses().subscribe(told::add);
        try {
            assertThat(time().await(backend().release(released, releasing))).isTrue();
            endLease(ends);
            awaitTold(told, ended);
        } finally {
            listening.dispose();
        }

        assertThat(told).doesNotContain(releasing, going);
        assertThat(time().await(backend()
                        .renew(List.of(new Renewal(goesOn, going, longLeaseTime())))
                        .single()))
                .isInstanceOf(RenewalResult.Renewed.class);
    }

    private void awaitTold(List<Holder> told, Holder holder) {
        time().await(Mono.fromSupplier(() -> told.contains(holder))
                .filter(heard -> heard)
                .repeatWhenEmpty(none -> none.delayElements(Duration.ofMillis(5), time().scheduler())));
    }

    private void take(String name, Holder holder) {
        assertThat(time().await(backend().tryAcquire(new AcquireCommand(name, holder, longLeaseTime(), 0, 1))))
                .isInstanceOf(Granted.class);
    }
}
