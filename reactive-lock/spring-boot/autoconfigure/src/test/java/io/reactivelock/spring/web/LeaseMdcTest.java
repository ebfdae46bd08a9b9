package io.reactivelock.spring.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.reactor.autoconfigure.ReactorAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class LeaseMdcTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<String> seen = new CopyOnWriteArrayList<>();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ReactorAutoConfiguration.class, ReactiveLockMdcAutoConfiguration.class))
            .withPropertyValues("spring.reactor.context-propagation=auto")
            .withBean(LockClient.class, () -> LockClient.create(InMemoryLockBackend.create()));

    @AfterEach
    void restore() {
        Hooks.disableAutomaticContextPropagation();
    }

    @Test
    void whatRunsUnderALockShowsTheInnermostAndThenTheOuterOneAgain() {
        runner.run(context -> {
            LockClient locks = context.getBean(LockClient.class);

            Mono<Void> work = look().then(locks.withLock(
                            LockRequest.of("outer"),
                            outer -> look(outer)
                                    .then(locks.withLock(LockRequest.of("inner"), inner -> look(inner)))
                                    .then(Mono.defer(() -> look(outer)))))
                    .then(look());
            work.block(PATIENCE);

            assertThat(seen).containsExactly("null/null", "outer/true", "inner/true", "outer/true", "null/null");
            assertThat(MDC.get(LeaseMdc.LOCK)).isNull();
            assertThat(MDC.get(LeaseMdc.TOKEN)).isNull();
        });
    }

    private Mono<Void> look(Lease lease) {
        return look(String.valueOf(lease.token().value()));
    }

    private Mono<Void> look() {
        return look("");
    }

    /** On one thread for all, which knows of no lease but by the Context. */
    private Mono<Void> look(String token) {
        return Mono.just(token)
                .publishOn(Schedulers.single())
                .doOnNext(expected -> {
                    String shown = MDC.get(LeaseMdc.TOKEN);
                    seen.add(MDC.get(LeaseMdc.LOCK) + "/" + (shown == null ? null : shown.equals(expected)));
                })
                .then();
    }
}
