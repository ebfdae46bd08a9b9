package io.reactivelock.spring.locked;

import static io.reactivelock.spring.locked.LockedContexts.leaseName;
import static io.reactivelock.spring.locked.LockedContexts.withLocks;
import static io.reactivelock.spring.locked.LockedContexts.withoutLocks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.reactivelock.DelegatingLockClient;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.spring.Locked;
import io.reactivelock.spring.Locked.Fencing;
import io.reactivelock.spring.Locked.OnBusy;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivex.rxjava3.core.Single;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.Ordered;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@DisplayName("@Locked at startup")
class LockedChecksTest {
    static class Blocking {
        @Locked("a")
        public String blocking() {
            return "done";
        }
    }

    static class ReturnsNothing {
        @Locked("a")
        public void nothing() {}
    }

    static class Eager {
        @Locked("a")
        public CompletableFuture<String> eager() {
            return new CompletableFuture<>();
        }
    }

    static class TooSpecial {
        @Locked("a")
        public ConnectableFlux<String> connectable() {
            return Flux.<String>empty().publish();
        }
    }

    static class NeverEmpty {
        @Locked(name = "a", onBusy = OnBusy.SKIP)
        public Single<String> single() {
            return Single.just("a");
        }
    }

    static class Hidden {
        @Locked("a")
        private Mono<String> hidden() {
            return leaseName();
        }

        public Mono<String> visible() {
            return hidden();
        }
    }

    static class Static {
        @Locked("a")
        public static Mono<String> noInstance() {
            return leaseName();
        }
    }

    static class Closed {
        @Locked("a")
        public final Mono<String> closed() {
            return leaseName();
        }
    }

    static class NoName {
        @Locked
        public Mono<String> unnamed() {
            return leaseName();
        }
    }

    static class Misspelt {
        @Locked("item:#{#idd}")
        public Mono<String> buy(String id) {
            return leaseName();
        }
    }

    static class Unparsable {
        @Locked("item:#{#id +}")
        public Mono<String> buy(String id) {
            return leaseName();
        }
    }

    static class NotATemplate {
        @Locked("#id")
        public Mono<String> buy(String id) {
            return leaseName();
        }
    }

    static class BadName {
        @Locked("a\tb")
        public Mono<String> buy() {
            return leaseName();
        }
    }

    static class NoProperty {
        @Locked("${no.such.property}:a")
        public Mono<String> buy() {
            return leaseName();
        }
    }

    static class BadDuration {
        @Locked(name = "a", leaseTime = "${lease}")
        public Mono<String> buy() {
            return leaseName();
        }
    }

    static class HoldsTooLong {
        @Locked(name = "a", leaseTime = "10s", holdAtLeast = "11s")
        public Mono<String> buy() {
            return leaseName();
        }
    }

    static class NoProfile {
        @Locked(name = "a", profile = "shipments")
        public Mono<String> buy() {
            return leaseName();
        }
    }

    public static class NeedsGuard {
        @Locked(name = "a", fenced = Fencing.TRUE)
        public Mono<String> buy() {
            return leaseName();
        }
    }

    @Locked("a")
    static class BlockingType {
        public Mono<String> reactive() {
            return leaseName();
        }

        public String blocking() {
            return "done";
        }
    }

    public static class Fine {
        @Locked(name = "a", leaseTime = "5s", holdAtLeast = "4s", waitTime = "1s", maxHold = "PT1M")
        public Mono<String> buy() {
            return leaseName();
        }

        public String blocking() {
            return "done";
        }
    }

    static class WithoutAnnotations {
        public String blocking() {
            return "done";
        }
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of(
                        new Blocking(),
                        "@Locked(\"a\") on " + Blocking.class.getName()
                                + ".blocking: its work is done when it returns java.lang.String"),
                Arguments.of(new ReturnsNothing(), "its work is done when it returns void"),
                Arguments.of(new BlockingType(), ".blocking: its work is done when it returns java.lang.String"),
                Arguments.of(new Eager(), "its work begins before it returns java.util.concurrent.CompletableFuture"),
                Arguments.of(new TooSpecial(), "it returns reactor.core.publisher.ConnectableFlux"),
                Arguments.of(new NeverEmpty(), "io.reactivex.rxjava3.core.Single cannot be empty"),
                Arguments.of(new Hidden(), "a private or static method cannot be intercepted"),
                Arguments.of(new Static(), "a private or static method cannot be intercepted"),
                Arguments.of(new Closed(), "a final method cannot be intercepted by a subclass"),
                Arguments.of(new NoName(), "there is no lock name"),
                Arguments.of(new Misspelt(), "the expression names #idd, and there are only [#a0, #id, #p0]"),
                Arguments.of(new Unparsable(), "the lock name cannot be parsed"),
                Arguments.of(
                        new NotATemplate(),
                        "'#id' stands in the text of the name, where it is not computed; write #{#id}"),
                Arguments.of(new BadName(), "no control characters"),
                Arguments.of(new NoProperty(), "no.such.property"),
                Arguments.of(new BadDuration(), "leaseTime 'ten seconds' is no duration"),
                Arguments.of(new HoldsTooLong(), "the shortest hold is at most the lease time (10s), not 11s"),
                Arguments.of(
                        new NoProfile(),
                        "there is no profile 'shipments' under reactive-lock.profiles, only [payments]"),
                Arguments.of(new NeedsGuard(), "fenced = TRUE needs a FencingGuard bean"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    @DisplayName("says which method of which class breaks which rule")
    void refuses(Object bean, String rule) {
        with(withLocks().withPropertyValues("lease=ten seconds"), bean)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .startsWith("@Locked(\"")
                        .contains(" on " + bean.getClass().getName() + ".")
                        .contains(rule));
    }

    @SuppressWarnings("unchecked")
    private static <T> ApplicationContextRunner with(ApplicationContextRunner runner, T bean) {
        return runner.withBean((Class<T>) bean.getClass(), () -> bean);
    }

    private static FailureAnalysis analysis(@Nullable Throwable startupFailure) {
        Throwable failure = Objects.requireNonNull(startupFailure, "the application started");
        return SpringFactoriesLoader.forDefaultResourceLocation(LockedChecksTest.class.getClassLoader())
                .load(FailureAnalyzer.class, FailureHandler.handleMessage((others, failed) -> {}))
                .stream()
                .filter(InvalidLockedFailureAnalyzer.class::isInstance)
                .map(analyzer -> analyzer.analyze(failure))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("says how to get the names of parameters that are not in the class file")
    void parameterNames() throws NoSuchMethodException {
        // the JDK is compiled without -parameters
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> LockNameTemplate.parse("item:#{#str}", String.class.getMethod("concat", String.class)))
                .withMessageContaining("-parameters");
        LockNameTemplate.parse("item:#{#p0}", String.class.getMethod("concat", String.class));
    }

    @Test
    @DisplayName("refuses what the backend cannot keep, though nothing is sent yet")
    void backendBounds() {
        withoutLocks()
                .withBean(
                        LockClient.class,
                        () -> new DelegatingLockClient(LockClient.create(InMemoryLockBackend.create())) {
                            @Override
                            public Mono<Lease> tryAcquire(LockRequest request) {
                                throw new IllegalArgumentException("the lease time with this backend is a day, not 5s");
                            }
                        })
                .withBean(Fine.class)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("the lease time with this backend is a day, not 5s"));
    }

    @Test
    @DisplayName("does not run without locks where there is no client, or none of several guards is the primary one")
    void missingBeans() {
        withoutLocks()
                .withBean(Fine.class)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("there is no LockClient bean"));
        withLocks()
                .withBean(Fine.class)
                .withBean("one", FencingGuard.class, AdvanceLog::new)
                .withBean("two", FencingGuard.class, AdvanceLog::new)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("one,two"));
    }

    @Test
    @DisplayName("leaves other beans alone, and is off where the locks are")
    void others() {
        withLocks().withBean(Fine.class).withBean(WithoutAnnotations.class).run(context -> {
            assertThat(AopUtils.isAopProxy(context.getBean(Fine.class))).isTrue();
            assertThat(AopUtils.isAopProxy(context.getBean(WithoutAnnotations.class)))
                    .isFalse();
        });
        withoutLocks()
                .withBean(Blocking.class)
                .withPropertyValues("reactive-lock.enabled=false")
                .run(context ->
                        assertThat(context.getBean(Blocking.class).blocking()).isEqualTo("done"));
    }

    @Test
    @DisplayName("looks for no guard where none is on the class path")
    void withoutGuard() {
        ApplicationContextRunner runner = withLocks()
                .withBean("guard", AdvanceLog.class, AdvanceLog::new)
                .withClassLoader(new FilteredClassLoader(FencingGuard.class));

        runner.withBean(Fine.class).run(context -> assertThat(context).hasNotFailed());
        runner.withBean(NeedsGuard.class)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getDescription())
                        .contains("fenced = TRUE needs a FencingGuard bean"));
    }

    @Test
    @DisplayName("has an order just outside of transactions, which a property changes")
    void order() {
        for (Map.Entry<String, Integer> order : Map.of(
                        "", Ordered.LOWEST_PRECEDENCE - 1000, "reactive-lock.aspect.order=7", 7)
                .entrySet()) {
            withoutLocks()
                    .withPropertyValues(order.getKey())
                    .run(context -> assertThat(List.of(context.getBean("lockedAdvisor", DefaultPointcutAdvisor.class)
                                    .getOrder()))
                            .containsExactly(order.getValue()));
        }
        assertThat(LockedProperties.DEFAULT_ORDER).isEqualTo(2147482647);
    }
}
