package io.reactivelock.spring.locked;

import static io.reactivelock.spring.locked.LockedContexts.PATIENCE;
import static io.reactivelock.spring.locked.LockedContexts.leaseName;
import static io.reactivelock.spring.locked.LockedContexts.token;
import static io.reactivelock.spring.locked.LockedContexts.withLocks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spring.Locked;
import io.reactivelock.spring.Locked.OnBusy;
import io.reactivelock.spring.locked.LockedContexts.LockEvents;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockOperation;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.annotation.AliasFor;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.util.ReflectionUtils;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

@DisplayName("@Locked")
class LockedTest {
    private static final LockRequest OTHERS = LockRequest.of("item:a").leaseTime(Duration.ofHours(1));

    /** What the methods do, and how often they were called. */
    static final class Work {
        final AtomicInteger calls = new AtomicInteger();
        Mono<String> result = leaseName();
    }

    @Retention(RetentionPolicy.RUNTIME)
    @Locked(profile = "payments", name = "payment:#{#id}")
    @interface PaymentLocked {
        @AliasFor(annotation = Locked.class, attribute = "leaseTime")
        String lease() default "";
    }

    record Item(String id, int size) {}

    static class Store {
        final Work work;

        Store(Work work) {
            this.work = work;
        }

        public String prefix() {
            return "shop";
        }

        @Locked("item:#{#id}")
        Mono<String> buy(String id) {
            work.calls.incrementAndGet();
            return work.result;
        }

        @Locked("item:#{#id}")
        Flux<String> watch(String id) {
            return leaseName().repeat();
        }

        @Locked(name = "item:#{#id}", onBusy = OnBusy.SKIP)
        Mono<String> buyIfFree(String id) {
            return buy(id);
        }

        @Locked(name = "item:#{#id}", onBusy = OnBusy.SKIP)
        Flux<String> watchIfFree(String id) {
            return buy(id).repeat(1);
        }

        @Locked(name = "item:#{#id}", onBusy = OnBusy.FAIL)
        Mono<String> buyNow(String id) {
            return buy(id);
        }

        @Locked(name = "item:#{#id}", onBusy = OnBusy.FAIL)
        Flux<String> watchNow(String id) {
            return buy(id).repeat(1);
        }

        @Locked("item:#{#to}")
        @Locked(name = "item:#{#from}", onBusy = OnBusy.FAIL)
        Mono<List<Boolean>> swap(String from, String to) {
            return Mono.deferContextual(context -> Mono.just(List.of(
                    Lease.current(context, "item:" + from).isPresent(),
                    Lease.current(context, "item:" + to).isPresent())));
        }

        @PaymentLocked(lease = "5s")
        Mono<String> pay(String id) {
            return leaseName();
        }

        @Locked(
                "#{#root.target.prefix()}:${shop.region}:#{#item.id()}:#{#p0.size() + 1}:#{@suffix}:#{#root.args.length}")
        Mono<String> computed(Item item) {
            return leaseName();
        }

        @Locked("day:#{@days.incrementAndGet()}")
        Mono<String> daily() {
            return leaseName();
        }

        @Locked("item:#{#root.method.name}")
        Mono<String> throwing() {
            throw new IllegalStateException("not even assembled");
        }

        @Retryable(maxRetries = 2, delay = 0)
        @Locked("item:a")
        Mono<Long> flaky(List<Long> tokens) {
            return token().doOnNext(tokens::add)
                    .flatMap(token ->
                            tokens.size() < 3 ? Mono.error(new IllegalStateException("try again")) : Mono.just(token));
        }
    }

    interface Rents {
        @Locked("rent:#{#what}")
        Mono<String> rent(String what);
    }

    static class RentsByHour implements Rents {
        @Override
        public Mono<String> rent(String renamed) {
            return leaseName();
        }
    }

    static class RentsByDay implements Rents {
        @Override
        @Locked("day:#{#what}")
        public Mono<String> rent(String what) {
            return Mono.deferContextual(
                    context -> Mono.just(Lease.current(context, "rent:" + what).isPresent() + " "
                            + Lease.current(context, "day:" + what).isPresent()));
        }
    }

    @Locked("type:#{#id}")
    static class LockedType {
        public Mono<String> covered(String id) {
            return leaseName();
        }

        @Locked("own:#{#id}")
        public Mono<String> own(String id) {
            return leaseName();
        }

        Mono<String> notPublic(String id) {
            return leaseName();
        }
    }

    /** Stands further in, and looks for its invocation as advice of AspectJ does. */
    static final class InnerAdvice implements MethodInterceptor {
        final AtomicInteger calls = new AtomicInteger();

        @Override
        public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
            calls.incrementAndGet();
            ExposeInvocationInterceptor.currentInvocation();
            return invocation.proceed();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableResilientMethods
    static class Shops {
        @Bean
        Work work() {
            return new Work();
        }

        @Bean
        Store store(Work work) {
            return new Store(work);
        }

        @Bean
        Rents rents() {
            return new RentsByHour();
        }

        @Bean
        LockedType lockedType() {
            return new LockedType();
        }

        @Bean
        AtomicInteger days() {
            return new AtomicInteger();
        }

        @Bean
        String suffix() {
            return "x";
        }

        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static DefaultPointcutAdvisor inner() {
            return new DefaultPointcutAdvisor(
                    new StaticMethodMatcherPointcut() {
                        @Override
                        public boolean matches(Method method, Class<?> targetClass) {
                            return Store.class.isAssignableFrom(targetClass) && !ReflectionUtils.isObjectMethod(method);
                        }
                    },
                    new InnerAdvice());
        }
    }

    private final List<Disposable> open = new ArrayList<>();

    @AfterEach
    void end() {
        open.forEach(Disposable::dispose);
    }

    private static ApplicationContextRunner shops() {
        return withLocks().withUserConfiguration(Shops.class).withPropertyValues("shop.region=eu");
    }

    private static <T> T block(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(PATIENCE));
    }

    private static Lease otherHolder(ConfigurableApplicationContext context) {
        return block(context.getBean(LockClient.class).acquire(OTHERS));
    }

    private static boolean isHeld(ConfigurableApplicationContext context, String name) {
        return context.getBean(InMemoryLockBackend.class).heldBy(name).isPresent();
    }

    @Test
    @DisplayName("spans subscription to termination, and each subscription is an attempt")
    void spansTheSubscription() {
        shops().run(context -> {
            Work work = context.getBean(Work.class);
            work.result = Mono.zip(leaseName(), token()).map(Object::toString);
            Mono<String> bought = context.getBean(Store.class).buy("a");

            assertThat(work.calls).hasValue(0);
            assertThat(isHeld(context, "item:a")).isFalse();

            String first = block(bought);
            String second = block(bought);

            assertThat(first).startsWith("[item:a,").isNotEqualTo(second);
            assertThat(work.calls).hasValue(2);
            assertThat(isHeld(context, "item:a")).isFalse();
            assertThat(context.getBean(LockEvents.class).all)
                    .containsExactly("granted item:a in item:#{#id}", "granted item:a in item:#{#id}");
        });
    }

    @Test
    @DisplayName("lets one in, and the next when that one is done; a cancel gives the lock back")
    void letsOneIn() {
        shops().run(context -> {
            InMemoryLockBackend backend = context.getBean(InMemoryLockBackend.class);
            Store store = context.getBean(Store.class);
            Work work = context.getBean(Work.class);
            Sinks.One<String> slow = Sinks.one();
            work.result = slow.asMono();
            List<String> values = new ArrayList<>();

            open.add(store.buy("a").subscribe(values::add));
            Mono<String> next = store.buy("a");
            open.add(next.subscribe(values::add));
            assertThat(isHeld(context, "item:a")).isTrue();
            assertThat(work.calls).hasValue(1);

            work.result = Mono.never();
            slow.tryEmitValue("first").orThrow();
            Mono.fromCallable(() -> work.calls.get() >= 2)
                    .filter(called -> called)
                    .repeatWhenEmpty(tries -> tries.delayElements(Duration.ofMillis(5)))
                    .block(PATIENCE);
            assertThat(values).containsExactly("first");
            assertThat(isHeld(context, "item:a")).isTrue();

            long released = backend.calls(LockOperation.RELEASE);
            open.get(1).dispose();
            backend.whenCalled(LockOperation.RELEASE, released + 1).block(PATIENCE);
            assertThat(isHeld(context, "item:a")).isFalse();
        });
    }

    @Test
    @DisplayName("gives the lock back after an error, also of a method that throws")
    void errors() {
        shops().run(context -> {
            Store store = context.getBean(Store.class);
            Work work = context.getBean(Work.class);
            work.result = Mono.error(new IllegalArgumentException("sold out"));

            assertThatThrownBy(() -> block(store.buy("a"))).hasMessage("sold out");
            Mono<String> throwing = store.throwing();
            assertThatThrownBy(() -> block(throwing)).hasMessage("not even assembled");
            assertThat(context.getBean(LockEvents.class).all).hasSize(2);
            assertThat(isHeld(context, "item:a")).isFalse();
            assertThat(isHeld(context, "item:throwing")).isFalse();
        });
    }

    @Test
    @DisplayName("holds for many values, until the subscriber has enough")
    void manyValues() {
        shops().run(context -> {
            assertThat(block(context.getBean(Store.class).watch("a").take(3).collectList()))
                    .containsExactly("item:a", "item:a", "item:a");
            assertThat(isHeld(context, "item:a")).isFalse();
        });
    }

    @Test
    @DisplayName("waits no longer than the wait time, or not at all: skips or fails where the lock is held")
    void busy() {
        shops().run(context -> {
            Store store = context.getBean(Store.class);
            Work work = context.getBean(Work.class);
            Lease other = otherHolder(context);

            assertThat(store.buyIfFree("a").blockOptional(PATIENCE)).isEmpty();
            assertThat(store.watchIfFree("a").collectList().block(PATIENCE)).isEmpty();
            assertThatThrownBy(() -> store.buyNow("a").block(PATIENCE))
                    .isInstanceOfSatisfying(
                            LockTimeoutException.class,
                            e -> assertThat(e.waitTime()).isZero());
            assertThatThrownBy(() -> store.watchNow("a").collectList().block(PATIENCE))
                    .isInstanceOf(LockTimeoutException.class);
            assertThat(work.calls).hasValue(0);

            other.release().block(PATIENCE);
            assertThat(store.buyIfFree("a").block(PATIENCE)).isEqualTo("item:a");
            assertThat(store.watchIfFree("a").collectList().block(PATIENCE)).hasSize(2);
            assertThat(store.buyNow("a").block(PATIENCE)).isEqualTo("item:a");
            assertThat(store.watchNow("a").collectList().block(PATIENCE)).hasSize(2);
            work.result = Mono.empty();
            assertThat(store.buyNow("a").blockOptional(PATIENCE)).isEmpty();
            assertThat(store.watchNow("a").collectList().block(PATIENCE)).isEmpty();
        });
    }

    @Test
    @DisplayName("takes several locks in the order of their names, all or none, and one of a name")
    void several() {
        shops().run(context -> {
            Store store = context.getBean(Store.class);
            LockEvents events = context.getBean(LockEvents.class);

            assertThat(block(store.swap("b", "a"))).containsExactly(true, true);
            assertThat(block(store.swap("a", "b"))).containsExactly(true, true);
            assertThat(events.all)
                    .map(event -> event.substring(0, "granted item:x".length()))
                    .containsExactly("granted item:a", "granted item:b", "granted item:a", "granted item:b");
            assertThat(block(store.swap("a", "a"))).containsExactly(true, true);
            assertThat(events.all).hasSize(5).last().isEqualTo("granted item:a in item:#{#to}");

            Lease other = otherHolder(context);
            assertThatThrownBy(() -> block(store.swap("a", "b"))).isInstanceOf(LockTimeoutException.class);
            assertThat(isHeld(context, "item:b")).isFalse();
            other.release().block(PATIENCE);
            Lease last = block(context.getBean(LockClient.class).acquire(OTHERS.name("item:z")));
            assertThatThrownBy(() -> block(store.swap("z", "b"))).isInstanceOf(LockTimeoutException.class);
            assertThat(isHeld(context, "item:b")).isFalse();
            last.release().block(PATIENCE);
        });
    }

    @Test
    @DisplayName("computes names from parameters, beans, the target and properties")
    void names() {
        shops().run(context -> {
            Store store = context.getBean(Store.class);

            assertThat(block(store.computed(new Item("a", 2)))).isEqualTo("shop:eu:a:3:x:1");
            Mono<String> daily = store.daily();
            assertThat(block(daily)).isEqualTo("day:1");
            assertThat(block(daily)).isEqualTo("day:2");
            assertThatThrownBy(() -> block(store.buy(nothing())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("#{#id} in the lock name 'item:#{#id}' is null");
            assertThatThrownBy(() -> block(store.buy("a\nb")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("control characters");
        });
    }

    @SuppressWarnings("NullAway") // what a caller can do by mistake
    private static String nothing() {
        return null;
    }

    @Test
    @DisplayName("is composed into annotations of the application, on the terms of a profile")
    void composed() {
        shops().run(context -> {
            assertThat(block(context.getBean(Store.class).pay("a"))).isEqualTo("payment:a");
            assertThat(context.getBean(LockEvents.class).all).containsExactly("granted payment:a in payments");
        });
    }

    @Test
    @DisplayName("is found on an interface, whose names of the parameters count, with either kind of proxy")
    void interfaces() {
        for (String proxyTargetClass : List.of("true", "false")) {
            withLocks()
                    .withBean(Rents.class, RentsByHour::new)
                    .withPropertyValues("spring.aop.proxy-target-class=" + proxyTargetClass)
                    .run(context -> assertThat(
                                    block(context.getBean(Rents.class).rent("car")))
                            .as(proxyTargetClass)
                            .isEqualTo("rent:car"));
        }
    }

    @Test
    @DisplayName("on a method replaces what the method that it overrides has")
    void overridden() {
        withLocks()
                .withBean(Rents.class, RentsByDay::new)
                .run(context -> assertThat(block(context.getBean(Rents.class).rent("car")))
                        .isEqualTo("false true"));
    }

    @Test
    @DisplayName("on a type holds for its public methods that have none themselves")
    void types() {
        shops().run(context -> {
            LockedType bean = context.getBean(LockedType.class);

            assertThat(block(bean.covered("a"))).isEqualTo("type:a");
            assertThat(block(bean.own("a"))).isEqualTo("own:a");
            assertThat(block(bean.notPublic("a"))).isEqualTo("none");
        });
    }

    @Test
    @DisplayName("stands inside of a retry: each try takes the lock anew")
    void retried() {
        shops().run(context -> {
            List<Long> tokens = new ArrayList<>();

            assertThat(block(context.getBean(Store.class).flaky(tokens))).isEqualTo(tokens.get(2));
            assertThat(tokens).hasSize(3).doesNotHaveDuplicates().isSorted();
        });
    }

    @Test
    @DisplayName(
            "advice further in is called at each subscription, and finds its invocation on the thread that got the lock")
    void innerAdvice() {
        shops().run(context -> {
            Mono<String> bought = context.getBean(Store.class).buy("a").subscribeOn(Schedulers.parallel());
            InnerAdvice inner = (InnerAdvice)
                    context.getBean("inner", DefaultPointcutAdvisor.class).getAdvice();

            assertThat(block(bought)).isEqualTo("item:a");
            assertThat(block(bought)).isEqualTo("item:a");
            assertThat(inner.calls).hasValue(2);
        });
    }

    @Test
    @DisplayName("is refused where this chain holds the lock already: it would wait for itself")
    void reentry() {
        shops().run(context -> {
            Store store = context.getBean(Store.class);
            LockClient locks = context.getBean(LockClient.class);

            assertThatThrownBy(() -> block(locks.withLock(OTHERS, lease -> store.buy("a"))))
                    .isInstanceOf(IllegalStateException.class);
        });
    }
}
