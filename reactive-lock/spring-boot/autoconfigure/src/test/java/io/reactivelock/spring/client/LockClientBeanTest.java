package io.reactivelock.spring.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.LockClient;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.spi.DelegatingLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.LockClientCustomizer;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import reactor.core.publisher.Mono;

@DisplayName("The client's bean")
class LockClientBeanTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ReactiveLockAutoConfiguration.class))
            .withBean(LockBackend.class, InMemoryLockBackend::create);

    @Configuration(proxyBeanMethods = false)
    static class Observers {
        static final List<String> HEARD = new ArrayList<>();

        @Bean
        @Order(2)
        LockObserver second() {
            return new LockObserver() {
                @Override
                public void acquireStarted(Acquire acquire) {
                    HEARD.add("second");
                }
            };
        }

        @Bean
        @Order(1)
        LockObserver first() {
            return new LockObserver() {
                @Override
                public void acquireStarted(Acquire acquire) {
                    HEARD.add("first");
                    throw new IllegalStateException("to be heard of in the log only");
                }
            };
        }
    }

    @Test
    @DisplayName("tells every observer, in order, whatever one of them throws")
    void tellsEveryObserver() {
        Observers.HEARD.clear();
        runner.withUserConfiguration(Observers.class).run(context -> {
            Boolean released = context.getBean(LockClient.class)
                    .withLock(LockRequest.of("order:42"), lease -> Mono.just(true))
                    .block(PATIENCE);
            assertThat(released).isTrue();
            assertThat(Observers.HEARD).containsExactly("first", "second");
        });
    }

    @Test
    @DisplayName("costs nothing where nobody observes, and nothing more where one does")
    void noneAndOne() {
        LockObserver one = new LockObserver() {};
        assertThat(CombinedLockObserver.of(List.of())).isSameAs(LockObserver.NONE);
        assertThat(CombinedLockObserver.of(List.of(one))).isSameAs(one);
        FencingGuardObserver guard = new FencingGuardObserver() {};
        assertThat(CombinedGuardObserver.of(List.of())).isSameAs(FencingGuardObserver.NONE);
        assertThat(CombinedGuardObserver.of(List.of(guard))).isSameAs(guard);
    }

    @Test
    @DisplayName("passes every event of either observer on")
    void passesEveryEventOn() throws ReflectiveOperationException {
        passesEveryEventOn(LockObserver.class, CombinedLockObserver::of);
        passesEveryEventOn(FencingGuardObserver.class, CombinedGuardObserver::of);
    }

    private static <T> void passesEveryEventOn(Class<T> type, Function<List<T>, T> combine)
            throws ReflectiveOperationException {
        List<String> events = Arrays.stream(type.getDeclaredMethods())
                .filter(Method::isDefault)
                .map(Method::getName)
                .sorted()
                .toList();
        assertThat(events).isNotEmpty();
        List<String> heard = new ArrayList<>();
        T recording =
                type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (me, call, its) -> {
                    heard.add(call.getName());
                    return null;
                }));
        T combined = combine.apply(List.of(recording, recording));
        for (Method method : type.getDeclaredMethods()) {
            if (method.isDefault()) {
                method.invoke(combined, new Object[method.getParameterCount()]);
            }
        }
        assertThat(heard.stream().sorted().distinct()).containsExactlyElementsOf(events);
        assertThat(heard).hasSize(2 * events.size());
    }

    @Test
    @DisplayName("throws what an observer threw, when the others have heard")
    void throwsAtTheEnd() {
        List<String> heard = new ArrayList<>();
        FencingGuardObserver loud = new FencingGuardObserver() {
            @Override
            public void refused(StaleTokenException refusal) {
                throw new IllegalStateException("loud");
            }
        };
        FencingGuardObserver quiet = new FencingGuardObserver() {
            @Override
            public void refused(StaleTokenException refusal) {
                heard.add(refusal.resource());
            }
        };
        FencingGuardObserver both = CombinedGuardObserver.of(List.of(loud, quiet));

        assertThatThrownBy(() -> both.refused(new StaleTokenException("item:1", 1, 2, null)))
                .hasMessage("loud");
        assertThat(heard).containsExactly("item:1");
    }

    @Configuration(proxyBeanMethods = false)
    static class Customizers {
        static final List<String> ASKED = new ArrayList<>();

        @Bean
        @Order(2)
        LockClientCustomizer outer() {
            return client -> named("outer", client);
        }

        @Bean
        @Order(1)
        LockClientCustomizer inner() {
            return client -> named("inner", client);
        }

        private static LockClient named(String name, LockClient client) {
            return (LockClient) Proxy.newProxyInstance(
                    LockClient.class.getClassLoader(), new Class<?>[] {LockClient.class}, (me, call, its) -> {
                        ASKED.add(name + ' ' + call.getName());
                        return call.invoke(client, its);
                    });
        }
    }

    @Test
    @DisplayName("is decorated in order, and closed as decorated")
    void isDecorated() {
        Customizers.ASKED.clear();
        runner.withUserConfiguration(Customizers.class)
                .run(context ->
                        assertThat(context.getBean(LockClient.class).options()).isNotNull());
        assertThat(Customizers.ASKED).containsExactly("outer options", "inner options", "outer close", "inner close");
    }

    @Test
    @DisplayName("leaves no client behind where a decorator throws")
    void decoratorThrows() {
        AtomicBoolean closed = new AtomicBoolean();
        LockBackend backend = new DelegatingLockBackend(InMemoryLockBackend.create()) {
            @Override
            public Mono<Void> close() {
                return Mono.fromRunnable(() -> closed.set(true));
            }
        };
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ReactiveLockAutoConfiguration.class))
                .withBean(LockBackend.class, () -> backend, definition -> definition.setDestroyMethodName(""))
                .withBean(LockClientCustomizer.class, () -> client -> {
                    throw new IllegalStateException("not today");
                })
                .run(context -> {
                    assertThat(context.getStartupFailure()).rootCause().hasMessage("not today");
                    assertThat(closed).isTrue();
                });
    }

    @Test
    @DisplayName("takes the primary one of several backends")
    void primaryBackend() {
        runner.withBean("other", LockBackend.class, InMemoryLockBackend::create)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LockClient.class));
        runner.withBean(
                        "other",
                        LockBackend.class,
                        InMemoryLockBackend::create,
                        definition -> definition.setPrimary(true))
                .run(context -> assertThat(context).hasSingleBean(LockClient.class));
    }
}
