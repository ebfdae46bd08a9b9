package io.reactivelock.spring.locked;

import static io.reactivelock.spring.locked.LockedContexts.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.Locked;
import io.reactivelock.spring.Locked.OnBusy;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testservers.RedisServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import reactor.core.publisher.Mono;

@DisplayName("@Locked on a scheduled job")
class LockedJobTest {
    private static final String GRANTED = "granted";
    private static final String SKIPPED = "skipped";

    /** What all instances of the application share. */
    private final BlockingQueue<String> attempts = new LinkedBlockingQueue<>();

    private final Set<Long> tokens = ConcurrentHashMap.newKeySet();
    private final List<ConfigurableApplicationContext> instances = new ArrayList<>();
    private Mono<Void> work = Mono.empty();

    private final class Attempts implements LockObserver {
        @Override
        public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
            tokens.add(lease.token().value());
            attempts.add(GRANTED);
        }

        @Override
        public void acquireEnded(Acquire acquire, AcquireEnd end, @Nullable Throwable error) {
            attempts.add(end == AcquireEnd.BUSY ? SKIPPED : String.valueOf(error));
        }
    }

    static class NightlyJob {
        private final Supplier<Mono<Void>> work;

        NightlyJob(Supplier<Mono<Void>> work) {
            this.work = work;
        }

        @Scheduled(initialDelay = 0, fixedRateString = "${rate}")
        @Locked(name = "${job}", onBusy = OnBusy.SKIP, holdAtLeast = "${hold}")
        public Mono<Void> run() {
            return work.get();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    @ImportAutoConfiguration({PropertyPlaceholderAutoConfiguration.class, LockedAutoConfiguration.class})
    static class Instance {
        @Bean
        LockClient locks(Supplier<LockBackend> backend, LockObserver observer) {
            return LockClient.create(backend.get(), LockClientOptions.defaults().observer(observer));
        }
    }

    private ConfigurableApplicationContext start(Supplier<LockBackend> backend, Map<String, Object> properties) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("job", properties));
        context.registerBean("backend", Supplier.class, () -> backend);
        context.registerBean(Attempts.class, () -> new Attempts());
        context.registerBean(NightlyJob.class, () -> new NightlyJob(() -> work));
        context.register(Instance.class);
        instances.add(context);
        context.refresh();
        return context;
    }

    private static Map<String, Object> job(String hold) {
        return Map.of("job", "job:" + UUID.randomUUID(), "hold", hold, "rate", "PT24H");
    }

    private String attempt() throws InterruptedException {
        return String.valueOf(attempts.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    @AfterEach
    void close() {
        instances.forEach(ConfigurableApplicationContext::close);
    }

    @Test
    @DisplayName("runs once on three instances that start together")
    void together() throws InterruptedException {
        InMemoryLockBackend backend = InMemoryLockBackend.create();
        Map<String, Object> job = job("");
        work = Mono.never();

        for (int i = 0; i < 3; i++) {
            start(() -> backend, job);
        }
        assertThat(List.of(attempt(), attempt(), attempt())).containsExactlyInAnyOrder(GRANTED, SKIPPED, SKIPPED);
    }

    @Test
    @DisplayName(
            "runs once on three that start one after the other, each closed at once, also in the middle of its work")
    void skewed() throws InterruptedException {
        InMemoryLockBackend backend = InMemoryLockBackend.create();
        for (Mono<Void> each : List.of(Mono.<Void>empty(), Mono.<Void>never())) {
            work = each;
            Map<String, Object> job = job("30s");
            for (String expected : List.of(GRANTED, SKIPPED, SKIPPED)) {
                ConfigurableApplicationContext instance = start(() -> backend, job);
                assertThat(attempt()).isEqualTo(expected);
                instance.close();
            }
        }
    }

    @Test
    @DisplayName("would run on each of these without a shortest hold")
    void withoutHold() throws InterruptedException {
        InMemoryLockBackend backend = InMemoryLockBackend.create();
        Map<String, Object> job = job("");
        for (int i = 0; i < 3; i++) {
            ConfigurableApplicationContext instance = start(() -> backend, job);
            assertThat(attempt()).isEqualTo(GRANTED);
            instance.close();
        }
    }

    @Test
    @DisplayName("takes the lock anew at each run of an instance, though Spring calls the method once")
    void everyRun() throws InterruptedException {
        InMemoryLockBackend backend = InMemoryLockBackend.create();
        Map<String, Object> job = new HashMap<>(job(""));
        job.put("rate", "PT0.001S");

        start(() -> backend, job);
        assertThat(List.of(attempt(), attempt(), attempt())).contains(GRANTED);
        assertThat(attempt()).isNotEqualTo("null");
        assertThat(tokens).hasSizeGreaterThan(1);
    }

    @Test
    @DisplayName("runs once on three instances with a Redis")
    void redis() throws InterruptedException {
        RedisClient client = RedisClient.create(RedisServer.shared().uri());
        try {
            Map<String, Object> job = job("30s");
            for (String expected : List.of(GRANTED, SKIPPED, SKIPPED)) {
                start(() -> RedisLockBackend.create(client), job);
                assertThat(attempt()).isEqualTo(expected);
            }
            instances.get(0).close();
            start(() -> RedisLockBackend.create(client), job);
            assertThat(attempt()).isEqualTo(SKIPPED);
        } finally {
            close();
            client.shutdown();
        }
    }
}
