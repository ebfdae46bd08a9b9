package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** G8: whatever foreign code throws, Errors as well, the lock is given back and the others are served. */
class ForeignCodeTest {
    private static final LockRequest REQUEST = LockRequest.of("a")
            .leaseTime(ofSeconds(10))
            .waitTime(ofSeconds(60))
            .renewalInterval(ofSeconds(3))
            .driftMargin(ofMillis(100));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Failing backend = new Failing();
    private final List<Object> signals = new ArrayList<>();
    private final LockClient client =
            LockClient.create(backend, LockClientOptions.defaults().scheduler(time));

    @AfterEach
    void dispose() {
        time.dispose();
    }

    /** What passes every operator of Reactor, and what does not. */
    enum Thrown {
        LINKAGE,
        STACK,
        MEMORY,
        RUNTIME;

        Throwable make() {
            return switch (this) {
                case LINKAGE -> new NoClassDefFoundError("on purpose");
                case STACK -> new StackOverflowError("on purpose");
                case MEMORY -> new OutOfMemoryError("on purpose");
                case RUNTIME -> new IllegalStateException("on purpose");
            };
        }

        @SuppressWarnings({"DoNotCallSuggester", "TypeParameterUnusedInFormals"}) // in the place of a value
        <T> T raise() {
            throw sneaky(make());
        }

        @SuppressWarnings("unchecked")
        private static <E extends Throwable> RuntimeException sneaky(Throwable thrown) throws E {
            throw (E) thrown;
        }
    }

    /** A driver that throws when it is told to. */
    private static class Failing extends ScriptedBackend.Queue {
        @Nullable
        Thrown atAttempt;

        @Nullable
        Thrown atRenewal;

        @Nullable
        Thrown atRelease;

        @Override
        public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
            return atAttempt == null ? super.enqueue(command, checkInterval) : atAttempt.raise();
        }

        @Override
        public Flux<RenewalResult> renew(List<Renewal> due) {
            Thrown thrown = atRenewal;
            return thrown == null ? super.renew(due) : Flux.defer(thrown::raise);
        }

        @Override
        public Mono<Boolean> release(String name, Holder holder) {
            Thrown thrown = atRelease;
            return thrown == null ? super.release(name, holder) : Mono.defer(thrown::raise);
        }
    }

    private void grant() {
        backend.granted(backend.attempts.size() - 1, 7, 1, false);
    }

    @ParameterizedTest
    @EnumSource
    void workThatThrowsReleases(Thrown thrown) {
        client.withLock(REQUEST, lease -> thrown.raise()).subscribe(signals::add, signals::add);
        grant();

        assertThat(backend.released).hasSize(1);
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals)
                .singleElement()
                .isInstanceOf(Throwable.class)
                .hasToString(thrown.make().toString());
    }

    @ParameterizedTest
    @EnumSource
    void workThatThrowsAsItIsSubscribedToReleases(Thrown thrown) {
        client.withLock(REQUEST, lease -> Mono.fromCallable(thrown::raise)).subscribe(signals::add, signals::add);
        grant();

        assertThat(backend.released).hasSize(1);
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals).singleElement().isInstanceOf(Throwable.class);
    }

    /** An exception the operator catches itself: it has taken the lease, and nobody else knows what became of it. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RUNTIME")
    void anOperatorThatThrowsBehindAnAcquireReleases(Thrown thrown) {
        client.acquire(REQUEST).map(lease -> thrown.raise()).subscribe(signals::add, signals::add);
        grant(); // nothing comes through to the driver, whose other answers may follow in the same loop

        assertThat(backend.released).hasSize(1);
        assertThat(signals).singleElement().isInstanceOf(Throwable.class);
    }

    @ParameterizedTest
    @EnumSource
    void subscribersThatThrowAsTheyAreToldOfALossKeepNobodyFromBeingTold(Thrown thrown) {
        List<LeaseLoss> losses = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            client.acquire(REQUEST.name("n" + i)).subscribe(lease -> {
                lease.lost().subscribe(loss -> thrown.raise());
                lease.lost().subscribe(losses::add);
            });
            grant();
        }

        time.advanceTimeBy(ofSeconds(10)); // no renewal is answered

        assertThat(losses).hasSize(50);
        assertThat(backend.log).filteredOn("leave"::equals).hasSize(50);
    }

    @ParameterizedTest
    @EnumSource
    void aDriverThatThrowsIsOneMoreFailedCall(Thrown thrown) {
        backend.atAttempt = thrown;
        List<Lease> leases = new ArrayList<>();
        client.acquire(REQUEST).subscribe(leases::add, signals::add);
        time.advanceTimeBy(ofSeconds(1));
        backend.atAttempt = null;
        time.advanceTimeBy(ofSeconds(1));
        grant();
        assertThat(leases).hasSize(1);

        backend.atRenewal = thrown;
        time.advanceTimeBy(ofSeconds(4));
        backend.atRenewal = null;
        time.advanceTimeBy(ofSeconds(2));
        backend.renewed(0, true);
        time.advanceTimeBy(ofSeconds(4));
        assertThat(leases.get(0).isValid()).isTrue();

        backend.atRelease = thrown;
        leases.get(0).release().subscribe(signals::add, signals::add);
        time.advanceTimeBy(ofSeconds(1));
        backend.atRelease = null;
        time.advanceTimeBy(ofSeconds(1));
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals).containsExactly(true);
    }

    @ParameterizedTest
    @EnumSource
    void anObserverThatThrowsChangesNothing(Thrown thrown) {
        LockClient observed = LockClient.create(
                backend, LockClientOptions.defaults().scheduler(time).observer(new LockObserver() {
                    @Override
                    public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
                        thrown.raise();
                    }
                }));
        observed.acquire(REQUEST).subscribe(signals::add);
        grant();
        assertThat(signals).hasSize(1);
    }

    @Test
    void aCloseGoesOnWhateverItsPartsThrow() {
        Failing rude = new Failing() {
            @Override
            public Mono<Void> close() {
                return Thrown.LINKAGE.raise();
            }
        };
        LockClient closing =
                LockClient.create(rude, LockClientOptions.defaults().scheduler(time));
        closing.close().subscribe(nothing -> {}, signals::add, () -> signals.add("closed"));
        time.advanceTimeBy(ofSeconds(30));
        assertThat(signals).containsExactly("closed");
    }
}
