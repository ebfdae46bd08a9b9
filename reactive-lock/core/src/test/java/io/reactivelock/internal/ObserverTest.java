package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

class ObserverTest {
    private static final LockRequest REQUEST = LockRequest.of("a")
            .leaseTime(ofSeconds(10))
            .waitTime(ofSeconds(2))
            .renewalInterval(ofSeconds(3))
            .driftMargin(ofMillis(100));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ScriptedBackend backend = new ScriptedBackend();
    private final List<String> events = new ArrayList<>();
    private final List<Lease> leases = new ArrayList<>();
    private boolean failing;

    private final LockClient client = LockClient.create(
            backend, LockClientOptions.defaults().scheduler(time).observer(new Recorder()));

    private final class Recorder implements LockObserver {
        private void add(String event) {
            events.add(event);
            if (failing) {
                throw new IllegalStateException("an observer that fails");
            }
        }

        @Override
        public void acquireStarted(Acquire acquire) {
            add("started " + acquire.name());
        }

        @Override
        public void acquireQueued(Acquire acquire) {
            add("queued after " + acquire.elapsed().toMillis());
        }

        @Override
        public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
            assertThat(acquire.holder()).isEqualTo(lease.token().holder());
            add(path + " after " + acquire.elapsed().toMillis() + (acquire.isQueued() ? ", queued" : ""));
        }

        @Override
        public void acquireEnded(Acquire acquire, AcquireEnd end, @Nullable Throwable error) {
            add(end + " after " + acquire.elapsed().toMillis()
                    + (error == null ? "" : " " + error.getClass().getSimpleName()));
        }

        @Override
        public void leaseReleased(Lease lease, Duration held) {
            add("released after " + held.toMillis());
        }

        @Override
        public void leaseLost(Lease lease, LeaseLoss loss, Duration held) {
            add("lost by " + loss.reason() + " after " + held.toMillis());
        }

        @Override
        public void renewalRound(RenewalRound round) {
            add("renewed " + round.renewed() + ", lost " + round.lost() + ", failed " + round.failed() + " of "
                    + round.leases() + " in " + round.took().toMillis());
        }
    }

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private Disposable acquire() {
        return client.acquire(REQUEST).subscribe(leases::add, e -> {});
    }

    @Test
    void anAcquireAndItsLeaseAreTold() {
        acquire();
        time.advanceTimeBy(ofMillis(5));
        backend.granted(0, 7);
        time.advanceTimeBy(ofSeconds(3));
        backend.renewed(0, true);
        leases.get(0).release().subscribe();

        assertThat(events)
                .hasSize(3)
                .startsWith("started a", "ATTEMPT after 5")
                .last()
                .asString()
                .startsWith("released");
    }

    @Test
    void aRoundOfRenewalsIsToldAsItEnds() {
        acquire();
        backend.granted(0, 7);
        time.advanceTimeBy(ofSeconds(3));
        time.advanceTimeBy(ofMillis(20));
        backend.renewed(0, false);
        backend.renewalReplies.get(0).tryEmitComplete().orThrow();
        time.advanceTime();

        assertThat(events).anyMatch(event -> event.startsWith("renewed 0, lost 1, failed 0 of 1 in "));
        assertThat(events).anyMatch(event -> event.startsWith("lost by TAKEN after 30"));
    }

    @Test
    void aHandOffInsideTheClientIsTold() {
        acquire();
        backend.granted(0, 7, 10, false);
        acquire();
        time.advanceTimeBy(ofMillis(10));
        leases.get(0).release().subscribe();

        assertThat(events)
                .containsExactly(
                        "started a",
                        "ATTEMPT after 0",
                        "started a",
                        "queued after 0",
                        "released after 10",
                        "LOCAL_HAND_OFF after 10, queued");
    }

    @Test
    void howAnAcquireEndsWithoutALeaseIsTold() {
        client.tryAcquire(REQUEST).subscribe();
        backend.busy(0, ofSeconds(5));
        acquire().dispose();
        backend.failed(1, Kind.PERMANENT);
        acquire();
        backend.failed(2, Kind.PERMANENT);
        acquire();
        backend.busy(3, ofSeconds(5));
        time.advanceTimeBy(ofSeconds(2));

        assertThat(events)
                .containsExactly(
                        "started a",
                        "BUSY after 0",
                        "started a",
                        "CANCELLED after 0",
                        "started a",
                        "FAILED after 0 LockBackendException",
                        "started a",
                        "queued after 0",
                        "TIMED_OUT after 2000 LockTimeoutException");
    }

    /** The queue tells outside of its monitor that one waits, and then that one may have ended. */
    @Test
    void anAcquireThatHasEndedIsNotToldToWait() {
        List<AcquireSubscription> joined = new ArrayList<>();
        LockEngine engine = new LockEngine(
                backend, LockClientOptions.defaults().scheduler(time).observer(new Recorder()));
        Disposable acquire = new MonoAcquire(engine.runtime, REQUEST, joined::add).subscribe(leases::add, e -> {});
        acquire.dispose();
        joined.get(0).onQueued();

        assertThat(events).containsExactly("started a", "CANCELLED after 0");
        assertThat(joined.get(0).isQueued()).isFalse();
    }

    @Test
    void anObserverThatThrowsChangesNothing() {
        failing = true;
        acquire();
        backend.granted(0, 7);
        time.advanceTimeBy(ofSeconds(3));
        backend.renewed(0, true);
        backend.renewalReplies.get(0).tryEmitComplete().orThrow();
        assertThat(leases.get(0).isValid()).isTrue();

        leases.get(0).release().subscribe();
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(events).hasSize(4);
        assertThat(client.close().blockOptional()).isEmpty();
    }
}
