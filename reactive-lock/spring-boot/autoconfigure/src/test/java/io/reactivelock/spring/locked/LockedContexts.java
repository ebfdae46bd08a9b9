package io.reactivelock.spring.locked;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockRequest;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

/** Small applications with locks in memory. */
final class LockedContexts {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private LockedContexts() {}

    static ApplicationContextRunner withoutLocks() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        PropertyPlaceholderAutoConfiguration.class,
                        ConfigurationPropertiesAutoConfiguration.class,
                        AopAutoConfiguration.class,
                        LockedAutoConfiguration.class));
    }

    static ApplicationContextRunner withLocks() {
        return withoutLocks().withUserConfiguration(InMemoryLocks.class);
    }

    /** {@return the name of the innermost lease, or "none"} */
    static Mono<String> leaseName() {
        return Mono.deferContextual(
                context -> Mono.just(Lease.current(context).map(Lease::name).orElse("none")));
    }

    /** {@return the token of the innermost lease} */
    static Mono<Long> token() {
        return Mono.deferContextual(context ->
                Mono.just(Lease.current(context).orElseThrow().token().value()));
    }

    @Configuration(proxyBeanMethods = false)
    static class InMemoryLocks {
        @Bean
        InMemoryLockBackend backend() {
            return InMemoryLockBackend.create();
        }

        @Bean
        LockEvents events() {
            return new LockEvents();
        }

        @Bean
        LockClient locks(InMemoryLockBackend backend, LockEvents events) {
            return LockClient.create(backend, LockClientOptions.defaults().observer(events));
        }

        @Bean
        LockProfiles profiles() {
            return new LockProfiles(
                    LockRequest.of("defaults").waitTime(PATIENCE),
                    Map.of("payments", LockRequest.of("payments").leaseTime(Duration.ofSeconds(7))));
        }
    }

    /** Remembers what became of each acquire. */
    static final class LockEvents implements LockObserver {
        final List<String> all = new CopyOnWriteArrayList<>();

        @Override
        public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
            all.add("granted " + acquire.name() + " in " + acquire.group());
        }

        @Override
        public void acquireEnded(Acquire acquire, AcquireEnd end, @Nullable Throwable error) {
            all.add(end + " " + acquire.name() + " in " + acquire.group());
        }
    }
}
