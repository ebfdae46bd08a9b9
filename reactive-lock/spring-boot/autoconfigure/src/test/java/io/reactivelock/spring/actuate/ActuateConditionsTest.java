package io.reactivelock.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.reactivelock.LockClient;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.micrometer.FencingGuardMetrics;
import io.reactivelock.micrometer.LockMetrics;
import io.reactivelock.micrometer.LockObservationContext;
import io.reactivelock.micrometer.LockObservationConvention;
import io.reactivelock.micrometer.LockObservationDocumentation;
import io.reactivelock.spi.DelegatingLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.LockClientCustomizer;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthContributor;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import reactor.core.publisher.Mono;

/** What is there, and beside what. */
class ActuateConditionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final LockRequest ITEM = LockRequest.of("item:42");

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    LockMetricsAutoConfiguration.class,
                    LockObservationAutoConfiguration.class,
                    LockHealthContributorAutoConfiguration.class,
                    LocksEndpointAutoConfiguration.class));

    private final ApplicationContextRunner locked = plain.withUserConfiguration(InMemoryLocks.class);

    private static void work(LockClient locks) {
        assertThat(locks.withLock(ITEM, lease -> Mono.just("done")).block(PATIENCE))
                .isEqualTo("done");
    }

    @Test
    void metersAreThereBesideARegistry() {
        locked.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
            work(context.getBean(LockClient.class));

            assertThat(context)
                    .hasSingleBean(LockMetrics.class)
                    .hasSingleBean(FencingGuardMetrics.class)
                    .doesNotHaveBean(LockClientCustomizer.class);
            assertThat(context.getBean(MeterRegistry.class)
                            .get("reactive.lock.hold")
                            .tag("lock", "item")
                            .tag("outcome", "released")
                            .timer()
                            .count())
                    .isOne();
        });
    }

    @Test
    void metersBackOffBeforeThoseOfTheApplication() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        locked.withBean(MeterRegistry.class, () -> registry)
                .withBean("byName", LockMetrics.class, () -> LockMetrics.withLockNames(registry))
                .run(context -> {
                    work(context.getBean(LockClient.class));

                    assertThat(context).hasSingleBean(LockMetrics.class);
                    assertThat(registry.get("reactive.lock.held").gauges())
                            .singleElement()
                            .satisfies(held ->
                                    assertThat(held.getId().getTag("lock")).isEqualTo("item:42"));
                });
    }

    @Test
    void withoutARegistryNothingIsCounted() {
        locked.run(context -> assertThat(context)
                .doesNotHaveBean(LockMetrics.class)
                .doesNotHaveBean(FencingGuardMetrics.class)
                .doesNotHaveBean(LockClientCustomizer.class));
    }

    @Test
    void withoutAGuardItsMetersAreNotThere() {
        locked.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withClassLoader(new FilteredClassLoader(FencingGuardObserver.class))
                .run(context ->
                        assertThat(context).hasSingleBean(LockMetrics.class).doesNotHaveBean("fencingGuardMetrics"));
    }

    @Test
    void withoutTheModuleNothingIsCountedOrObserved() {
        locked.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(TestObservationRegistry.class, TestObservationRegistry::create)
                .withClassLoader(new FilteredClassLoader("io.reactivelock.micrometer"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean("lockMetrics")
                        .doesNotHaveBean(LockClientCustomizer.class)
                        .hasSingleBean(ReactiveHealthContributor.class));
    }

    @Test
    void observationsAreThereBesideARegistry() {
        locked.withBean(TestObservationRegistry.class, TestObservationRegistry::create)
                .withBean(LockObservationConvention.class, () -> new LockObservationConvention() {
                    @Override
                    public String getContextualName(LockObservationContext context) {
                        return "my " + context.getRequest().name();
                    }
                })
                .run(context -> {
                    work(context.getBean(LockClient.class));

                    TestObservationRegistryAssert.then(context.getBean(TestObservationRegistry.class))
                            .hasObservationWithNameEqualTo(LockObservationDocumentation.HOLD.getName())
                            .that()
                            .hasContextualNameEqualTo("my item:42");
                    assertThat(context).doesNotHaveBean("lockObservationMeterFilter");
                });
    }

    @Test
    void allIsOffWhereLocksAre() {
        locked.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(TestObservationRegistry.class, TestObservationRegistry::create)
                .withPropertyValues("reactive-lock.enabled=false", "management.endpoints.web.exposure.include=locks")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(LockObserver.class)
                        .doesNotHaveBean(FencingGuardMetrics.class)
                        .doesNotHaveBean(LockClientCustomizer.class)
                        .doesNotHaveBean(ReactiveHealthContributor.class)
                        .doesNotHaveBean(LocksEndpoint.class));
    }

    @Test
    void withoutALockClientThereIsNoHealthAndNoEndpoint() {
        plain.withPropertyValues("management.endpoints.web.exposure.include=locks")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(ReactiveHealthContributor.class)
                        .doesNotHaveBean(LocksEndpoint.class)
                        .doesNotHaveBean(LockActivity.class));
    }

    @Test
    void healthTellsOfTheBackendAndOfTheLocks() {
        locked.run(context -> {
            LockClient locks = context.getBean(LockClient.class);
            locks.acquire(ITEM).block(PATIENCE);
            locks.acquire(ITEM).subscribe(lease -> {}, e -> {});
            InMemoryLockBackend server = context.getBean(InMemoryLockBackend.class);
            long token = server.lastToken("item:42");
            Health health = health(context.getBean(ReactiveHealthIndicator.class));

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails())
                    .containsEntry("backend", "InMemoryLockBackend")
                    .containsEntry("heldLeases", 1)
                    .containsEntry("waiters", 1L)
                    .containsKey("consistency");
            assertThat(server.lastToken("item:42")).isEqualTo(token);
        });
    }

    @Test
    void healthIsDownWhereTheBackendDoesNotAnswerInTime() {
        InMemoryLockBackend server = InMemoryLockBackend.create();
        LockBackend silent = new DelegatingLockBackend(server) {
            @Override
            public Mono<Void> ping() {
                return Mono.never();
            }
        };
        plain.withBean(LockBackend.class, () -> silent)
                .withBean(LockClient.class, () -> LockClient.create(silent))
                .run(context -> {
                    Health health = health(context.getBean(ReactiveHealthIndicator.class));

                    assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                    assertThat(health.getDetails()).containsEntry("heldLeases", 0);
                    assertThat(health.getDetails().get("error")).asString().contains("no answer from the backend");
                });
    }

    private static Health health(ReactiveHealthIndicator indicator) {
        return Objects.requireNonNull(indicator.health(true).block(PATIENCE));
    }

    @Test
    void healthCanBeLeftOut() {
        locked.withPropertyValues("management.health.reactive-lock.enabled=false")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(ReactiveHealthContributor.class)
                        .doesNotHaveBean(LockActivity.class));
    }

    @Test
    void theEndpointIsThereWhereItIsExposed() {
        locked.run(context -> assertThat(context).doesNotHaveBean(LocksEndpoint.class));
        locked.withPropertyValues(
                        "management.endpoints.web.exposure.include=locks",
                        "management.health.reactive-lock.enabled=false")
                .run(context -> {
                    assertThat(context)
                            .hasSingleBean(LocksEndpoint.class)
                            .hasSingleBean(LocksEndpointWebExtension.class);
                    context.getBean(LockClient.class).acquire(ITEM).block(PATIENCE);
                    assertThat(context.getBean(LocksEndpoint.class).locks().locks())
                            .singleElement()
                            .extracting(LocksEndpoint.LeaseDescriptor::name)
                            .isEqualTo("******");
                });
    }

    @Test
    void aSanitizingFunctionHasTheLastWordOnAName() {
        locked.withPropertyValues(
                        "management.endpoints.web.exposure.include=locks",
                        "management.endpoint.locks.show-values=always")
                .withBean(
                        SanitizingFunction.class,
                        () -> SanitizingFunction.of(SanitizableData::withSanitizedValue)
                                .ifKeyEquals(LocksEndpoint.NAME_KEY)
                                .ifValueStringMatches("never"))
                .run(context -> {
                    context.getBean(LockClient.class).acquire(ITEM).block(PATIENCE);
                    assertThat(context.getBean(LocksEndpoint.class).locks().locks())
                            .singleElement()
                            .extracting(LocksEndpoint.LeaseDescriptor::name)
                            .isEqualTo("******");
                });
    }

    @Test
    void theClientIsStillOneWhereNobodyObserves() {
        locked.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(ObservationRegistry.class, () -> ObservationRegistry.NOOP)
                .run(context -> {
                    LockClient client = context.getBean(LockClient.class);
                    assertThat(context.getBean(LockClientCustomizer.class).customize(client))
                            .isSameAs(client);
                });
    }
}
