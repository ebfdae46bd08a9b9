package io.reactivelock.micrometer;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.common.KeyValues;
import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.DelegatingLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.context.ContextView;

class LockObservationsTest {
    private static final String KEY = ObservationThreadLocalAccessor.KEY;
    private static final String ACQUIRE = LockObservationDocumentation.ACQUIRE.getName();
    private static final String HOLD = LockObservationDocumentation.HOLD.getName();
    private static final LockRequest REQUEST = LockRequest.of("order:1");

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final InMemoryLockBackend server = InMemoryLockBackend.create(time);
    private final List<ContextView> seenByTheBackend = new CopyOnWriteArrayList<>();
    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private final List<Lease> dropped = new CopyOnWriteArrayList<>();
    private final LockClient plain = LockClient.create(
            new LookingBackend(), LockClientOptions.defaults().scheduler(time).observer(new LockObserver() {
                @Override
                public void leaseDropped(Lease lease) {
                    dropped.add(lease);
                }
            }));
    private final LockClient locks = LockObservations.observe(plain, registry);
    private final Observation request = Observation.start("request", registry);

    /** Sees in what Context it is asked. */
    private final class LookingBackend extends DelegatingLockBackend {
        LookingBackend() {
            super(server.withoutQueue());
        }

        @Override
        public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
            return Mono.deferContextual(context -> {
                seenByTheBackend.add(context);
                return super.tryAcquire(command);
            });
        }
    }

    @AfterEach
    void dispose() {
        request.stop();
        time.dispose();
    }

    private <T> Mono<T> inRequest(Mono<T> call) {
        return call.contextWrite(context -> context.put(KEY, request));
    }

    /** Observes something inside, as a database driver does. */
    private Mono<String> query(String name) {
        return Mono.deferContextual(context -> Mono.fromSupplier(() -> {
            Observation query = Observation.createNotStarted(name, registry)
                    .parentObservation(context.getOrDefault(KEY, null))
                    .start();
            query.stop();
            return name;
        }));
    }

    private List<Observation.Context> all(String name) {
        List<Observation.Context> found = new ArrayList<>();
        TestObservationRegistryAssert.then(registry)
                .hasHandledContextsThatSatisfy(contexts -> contexts.stream()
                        .filter(context -> name.equals(context.getName()))
                        .forEach(found::add));
        return found;
    }

    private Observation.Context only(String name) {
        assertThat(all(name)).hasSize(1);
        return all(name).get(0);
    }

    private static <T> T got(AtomicReference<T> reference) {
        return Objects.requireNonNull(reference.get());
    }

    private static @Nullable String value(Observation.Context context, KeyName key) {
        return context.getAllKeyValues().stream()
                .filter(value -> value.getKey().equals(key.asString()))
                .map(value -> value.getValue())
                .findFirst()
                .orElse(null);
    }

    private static @Nullable String outcome(Observation.Context context) {
        return value(context, LockObservationDocumentation.LowKey.OUTCOME);
    }

    private static Observation.@Nullable ContextView parent(Observation.Context context) {
        return context.getParentObservation() == null
                ? null
                : context.getParentObservation().getContextView();
    }

    private void isStopped(String name) {
        TestObservationRegistryAssert.then(registry)
                .forAllObservationsWithNameEqualTo(name, context -> {})
                .hasObservationWithNameEqualTo(name)
                .that()
                .hasBeenStopped();
    }

    /** The four that differ in what they return. */
    enum Scoped {
        WITH_LOCK {
            @Override
            <T> Flux<T> call(LockClient locks, LockRequest request, Function<Lease, Mono<T>> work) {
                return locks.withLock(request, work).flux();
            }
        },
        TRY_WITH_LOCK {
            @Override
            <T> Flux<T> call(LockClient locks, LockRequest request, Function<Lease, Mono<T>> work) {
                return locks.tryWithLock(request, work).flux();
            }
        },
        WITH_LOCK_MANY {
            @Override
            <T> Flux<T> call(LockClient locks, LockRequest request, Function<Lease, Mono<T>> work) {
                return locks.withLockMany(request, work);
            }
        };

        abstract <T> Flux<T> call(LockClient locks, LockRequest request, Function<Lease, Mono<T>> work);
    }

    @ParameterizedTest
    @EnumSource
    void waitingAndHoldingAreParentsOfWhatIsInside(Scoped form) {
        AtomicReference<Lease> held = new AtomicReference<>();
        Flux<String> call = form.call(locks, REQUEST, lease -> {
                    held.set(lease);
                    assertThat(outcome(only(ACQUIRE))).isEqualTo("acquired");
                    assertThat(outcome(only(HOLD))).isEqualTo("unknown");
                    return query("select").then(query("update"));
                })
                .contextWrite(context -> context.put(KEY, request));
        StepVerifier.create(call).expectNext("update").verifyComplete();

        Observation.Context acquire = only(ACQUIRE);
        Observation.Context hold = only(HOLD);
        assertThat(parent(acquire)).isEqualTo(request.getContextView());
        assertThat(parent(hold)).isEqualTo(request.getContextView());
        assertThat(seenByTheBackend)
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.<Observation>get(KEY).getContextView())
                        .isEqualTo(acquire));
        assertThat(parent(only("select"))).isEqualTo(hold);
        assertThat(parent(only("update"))).isEqualTo(hold);
        assertThat(outcome(hold)).isEqualTo("released");
        assertThat(value(hold, LockObservationDocumentation.LowKey.LOCK)).isEqualTo("order");
        assertThat(value(hold, LockObservationDocumentation.HighKey.LOCK_NAME)).isEqualTo("order:1");
        assertThat(value(hold, LockObservationDocumentation.HighKey.LOCK_TOKEN))
                .isEqualTo(Long.toString(got(held).token().value()));
        assertThat(acquire.getContextualName()).isEqualTo("acquire order");
        assertThat(hold.getContextualName()).isEqualTo("hold order");
        assertThat(acquire.getError()).isNull();
        assertThat(hold.getError()).isNull();
        isStopped(ACQUIRE);
        isStopped(HOLD);
    }

    @ParameterizedTest
    @EnumSource
    void anErrorOfTheWorkIsAnErrorOfTheHold(Scoped form) {
        IllegalStateException soldOut = new IllegalStateException("sold out");
        StepVerifier.create(form.call(locks, REQUEST, lease -> Mono.error(soldOut)))
                .verifyErrorSatisfies(e -> assertThat(e).isSameAs(soldOut));

        assertThat(only(ACQUIRE).getError()).isNull();
        assertThat(only(HOLD).getError()).isSameAs(soldOut);
        assertThat(outcome(only(HOLD))).isEqualTo("released");
        isStopped(HOLD);
    }

    @ParameterizedTest
    @EnumSource
    void workThatThrowsIsAnErrorOfTheHold(Scoped form) {
        StepVerifier.create(form.call(locks, REQUEST, lease -> {
                    throw new IllegalStateException("sold out");
                }))
                .verifyErrorMessage("sold out");

        assertThat(only(HOLD).getError()).hasMessage("sold out");
        isStopped(HOLD);
    }

    @ParameterizedTest
    @EnumSource
    void aLossIsAnOutcomeAndAnError(Scoped form) {
        AtomicReference<Throwable> error = new AtomicReference<>();
        form.call(locks, REQUEST, lease -> Mono.never()).subscribe(value -> {}, error::set);
        server.steal("order:1");
        time.advanceTimeBy(ofSeconds(11));

        assertThat(error.get()).isInstanceOf(LeaseLostException.class);
        assertThat(outcome(only(HOLD))).isEqualTo("lost");
        assertThat(only(HOLD).getError()).isInstanceOf(LeaseLostException.class);
        isStopped(HOLD);
    }

    @ParameterizedTest
    @EnumSource
    void aCancelOfTheWorkEndsTheHold(Scoped form) {
        Disposable call = form.call(locks, REQUEST, lease -> Mono.never()).subscribe();
        assertThat(outcome(only(HOLD))).isEqualTo("unknown");
        call.dispose();

        assertThat(outcome(only(HOLD))).isEqualTo("released");
        assertThat(only(HOLD).getError()).isNull();
        isStopped(HOLD);
    }

    @Test
    void aTryThatFindsTheLockHeldIsBusy() {
        plain.acquire(REQUEST).subscribe();
        StepVerifier.create(locks.tryWithLock(REQUEST, lease -> Mono.just("done")))
                .verifyComplete();
        assertThat(outcome(only(ACQUIRE))).isEqualTo("busy");
        registry.clear();
        StepVerifier.create(locks.tryAcquire(REQUEST)).verifyComplete();

        assertThat(outcome(only(ACQUIRE))).isEqualTo("busy");
        assertThat(value(only(ACQUIRE), LockObservationDocumentation.HighKey.LOCK_TOKEN))
                .isEqualTo("none");
        assertThat(all(HOLD)).isEmpty();
        isStopped(ACQUIRE);
    }

    @Test
    void aCancelWhileItWaitsIsAnOutcome() {
        plain.acquire(REQUEST).subscribe();
        Disposable call = locks.withLock(REQUEST, lease -> Mono.just("done")).subscribe();
        assertThat(outcome(only(ACQUIRE))).isEqualTo("unknown");
        call.dispose();

        assertThat(outcome(only(ACQUIRE))).isEqualTo("cancelled");
        assertThat(all(HOLD)).isEmpty();
        isStopped(ACQUIRE);
    }

    @Test
    void aTimeoutIsAnOutcomeAndAnError() {
        plain.acquire(REQUEST).subscribe();
        AtomicReference<Throwable> error = new AtomicReference<>();
        locks.withLock(REQUEST, lease -> Mono.just("done")).subscribe(value -> {}, error::set);
        time.advanceTimeBy(ofSeconds(10));

        assertThat(error.get()).isInstanceOf(LockTimeoutException.class);
        assertThat(outcome(only(ACQUIRE))).isEqualTo("timeout");
        assertThat(only(ACQUIRE).getError()).isSameAs(error.get());
        isStopped(ACQUIRE);
    }

    @Test
    void anAcquireThatWouldWaitForItselfIsAnError() {
        StepVerifier.create(locks.withLock(REQUEST, outer -> locks.withLock(REQUEST, inner -> Mono.just("done"))))
                .verifyError(IllegalStateException.class);

        assertThat(all(ACQUIRE).stream().map(LockObservationsTest::outcome)).containsExactly("acquired", "error");
        assertThat(all(HOLD)).hasSize(1);
    }

    @Test
    void aLockInsideAnotherHasItsHoldAsParent() {
        StepVerifier.create(locks.withLock(
                        REQUEST, outer -> locks.withLock(LockRequest.of("item:7"), inner -> query("select"))))
                .expectNext("select")
                .verifyComplete();

        Observation.Context outer = all(HOLD).get(0);
        Observation.Context inner = all(HOLD).get(1);
        assertThat(parent(all(ACQUIRE).get(1))).isEqualTo(outer);
        assertThat(parent(inner)).isEqualTo(outer);
        assertThat(parent(only("select"))).isEqualTo(inner);
    }

    @Test
    void aLeaseOfAnAcquireIsObservedUntilItsRelease() {
        AtomicReference<Lease> lease = new AtomicReference<>();
        inRequest(locks.acquire(REQUEST)).subscribe(lease::set);
        assertThat(outcome(only(ACQUIRE))).isEqualTo("acquired");
        assertThat(parent(only(HOLD))).isEqualTo(request.getContextView());
        assertThat(outcome(only(HOLD))).isEqualTo("unknown");

        got(lease).release().subscribe();
        assertThat(outcome(only(HOLD))).isEqualTo("released");
        isStopped(HOLD);
    }

    @Test
    void aLeaseOfAnAcquireIsObservedUntilItsLoss() {
        locks.tryAcquire(REQUEST).subscribe(lease -> {});
        server.steal("order:1");
        time.advanceTimeBy(ofSeconds(31));

        assertThat(outcome(only(HOLD))).isEqualTo("lost");
    }

    /** An observation must not keep alive what the client has to find unreachable. (C9) */
    @Test
    void aLeaseThatIsDroppedIsFoundAllTheSame() {
        WeakReference<Lease> lease = new WeakReference<>(acquired());
        for (int i = 0; i < 200 && lease.get() != null; i++) {
            System.gc();
        }
        assertThat(lease.get()).isNull();
        time.advanceTimeBy(ofSeconds(11));

        assertThat(dropped).hasSize(1);
    }

    private Lease acquired() {
        AtomicReference<Lease> lease = new AtomicReference<>();
        locks.acquire(REQUEST).subscribe(lease::set);
        return got(lease);
    }

    @Test
    void operatorsThatCancelAsTheyTakeTheLeaseGetAValidOne() { // G2
        for (UnaryOperator<Flux<Lease>> operator : List.<UnaryOperator<Flux<Lease>>>of(
                flux -> flux.take(1), flux -> flux.next().flux())) {
            AtomicReference<Lease> lease = new AtomicReference<>();
            operator.apply(locks.acquire(REQUEST).flux()).subscribe(lease::set);

            assertThat(got(lease).isValid()).isTrue();
            got(lease).release().subscribe();
        }
    }

    @Test
    void withoutAnObservationInTheContextTheCurrentOneIsTheParent() {
        request.scoped(() -> locks.withLock(REQUEST, lease -> Mono.just("done")).subscribe());
        assertThat(parent(only(ACQUIRE))).isEqualTo(request.getContextView());
        assertThat(parent(only(HOLD))).isEqualTo(request.getContextView());
    }

    /** A lease comes on whatever thread, whose current observation is someone else's. */
    @Test
    void theCurrentObservationOfTheThreadThatGrantsIsNoParent() {
        AtomicReference<Lease> first = new AtomicReference<>();
        plain.acquire(REQUEST).subscribe(first::set);
        locks.withLock(REQUEST, lease -> Mono.just("done")).subscribe();
        request.scoped(() -> {
            got(first).release().subscribe();
            time.advanceTimeBy(ofSeconds(2));
        });

        assertThat(parent(only(ACQUIRE))).isNull();
        assertThat(parent(only(HOLD))).isNull();
    }

    @Test
    void aRegistryThatIsNoneGivesTheClientBack() {
        assertThat(LockObservations.observe(plain, ObservationRegistry.NOOP)).isSameAs(plain);
    }

    @Test
    void aRegistryWithoutHandlersLeavesTheContextAsItIs() {
        LockClient unobserved = LockObservations.observe(plain, ObservationRegistry.create());
        AtomicReference<ContextView> work = new AtomicReference<>();
        Mono<Boolean> call = unobserved.withLock(
                REQUEST,
                lease -> Mono.deferContextual(context -> {
                    work.set(context);
                    return Mono.just(true);
                }));
        StepVerifier.create(inRequest(call)).expectNext(true).verifyComplete();

        assertThat(got(work).<Observation>get(KEY)).isSameAs(request);
        assertThat(seenByTheBackend)
                .singleElement()
                .satisfies(attempt ->
                        assertThat(attempt.hasKey(ObservedAcquire.class)).isFalse());
    }

    @Test
    void anObservationThatIsNotWantedLeavesItsPlaceToTheOneAroundIt() {
        registry.observationConfig().observationPredicate((name, context) -> !name.equals(HOLD));
        Mono<String> call = locks.withLock(REQUEST, lease -> query("select"));
        StepVerifier.create(inRequest(call)).expectNext("select").verifyComplete();

        assertThat(all(HOLD)).isEmpty();
        assertThat(parent(only(ACQUIRE))).isEqualTo(request.getContextView());
        assertThat(parent(only("select"))).isEqualTo(request.getContextView());
    }

    @Test
    void handlersThatThrowChangeNothing() {
        ObservationRegistry rude = ObservationRegistry.create();
        rude.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }

            @Override
            public void onStart(Observation.Context context) {
                throw new IllegalStateException("a handler that fails");
            }

            @Override
            public void onStop(Observation.Context context) {
                throw new IllegalStateException("a handler that fails");
            }
        });
        LockClient observed = LockObservations.observe(plain, rude);
        StepVerifier.create(observed.withLock(REQUEST, lease -> Mono.just("done")))
                .expectNext("done")
                .verifyComplete();
        StepVerifier.create(observed.acquire(REQUEST).flatMap(Lease::release))
                .expectNext(true)
                .verifyComplete();

        assertThat(server.heldBy("order:1")).isEmpty();
    }

    @Test
    void aConventionOfTheUserIsAsked() {
        LockClient named = LockObservations.observe(plain, registry, new LockObservationConvention() {
            @Override
            public String getName() {
                return "my.lock";
            }

            @Override
            public KeyValues getLowCardinalityKeyValues(LockObservationContext context) {
                return LockObservationConvention.super
                        .getLowCardinalityKeyValues(context)
                        .and("phase", context.getObserved().name());
            }
        });
        StepVerifier.create(named.withLock(REQUEST, lease -> Mono.just("done")))
                .expectNext("done")
                .verifyComplete();

        assertThat(all("my.lock").stream().map(context -> value(context, () -> "phase")))
                .containsExactly("ACQUIRE", "HOLD");
        assertThat(outcome(all("my.lock").get(1))).isEqualTo("released");
    }

    @Test
    void whatIsDocumentedIsEmittedAndNothingElse() {
        StepVerifier.create(locks.withLock(REQUEST, lease -> Mono.just("done")))
                .expectNext("done")
                .verifyComplete();

        for (LockObservationDocumentation observed : LockObservationDocumentation.values()) {
            Observation.Context context = only(observed.getName());
            assertThat(context.getLowCardinalityKeyValues().stream().map(value -> value.getKey()))
                    .containsExactlyInAnyOrderElementsOf(keys(observed.getLowCardinalityKeyNames()));
            assertThat(context.getHighCardinalityKeyValues().stream().map(value -> value.getKey()))
                    .containsExactlyInAnyOrderElementsOf(keys(observed.getHighCardinalityKeyNames()));
        }
    }

    private static List<String> keys(KeyName... names) {
        return Stream.of(names).map(KeyName::asString).toList();
    }

    /** As without observations: not when it is subscribed to. */
    @Test
    @SuppressWarnings("NullAway") // on purpose
    void badArgumentsThrowAtCallTime() {
        assertThatThrownBy(() -> locks.withLock(REQUEST, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> locks.acquire(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> locks.ping(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }
}
