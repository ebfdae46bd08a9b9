package io.reactivelock.spring.locked;

import static io.reactivelock.spring.locked.LockedContexts.PATIENCE;
import static io.reactivelock.spring.locked.LockedContexts.token;
import static io.reactivelock.spring.locked.LockedContexts.withLocks;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.spring.Locked;
import io.reactivelock.spring.Locked.Fencing;
import io.reactivelock.spring.Locked.OnBusy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@DisplayName("@Locked beside a guard")
class LockedFencingTest {
    static class Ledger {
        private final AdvanceLog guard;

        Ledger(FencingGuard guard) {
            this.guard = (AdvanceLog) guard;
        }

        /** The token of the lease, where it was advanced before this method was called. */
        private Mono<Long> advanced(String name) {
            List<String> before = List.copyOf(guard.advanced);
            return token().filter(token -> before.contains(name + " " + token));
        }

        @Locked("a")
        public Mono<Long> byDefault() {
            return advanced("a");
        }

        @Locked(name = "a", fenced = Fencing.TRUE)
        public Flux<Long> always() {
            return advanced("a").flux();
        }

        @Locked(name = "a", fenced = Fencing.FALSE)
        public Mono<Long> never() {
            return advanced("a");
        }

        @Locked(name = "a", onBusy = OnBusy.SKIP)
        public Mono<Long> ifFree() {
            return advanced("a");
        }

        @Locked(name = "a", onBusy = OnBusy.SKIP)
        public Flux<Long> manyIfFree() {
            return advanced("a").flux();
        }

        @Locked("a")
        @Locked("b")
        public Mono<Long> both() {
            return advanced("a").then(advanced("b"));
        }
    }

    @Test
    @DisplayName("advances each token before the method is called, if it is to and the lock was free")
    void advances() {
        withLocks()
                .withBean(FencingGuard.class, AdvanceLog::new)
                .withBean(Ledger.class)
                .run(context -> {
                    Ledger ledger = context.getBean(Ledger.class);
                    AdvanceLog guard = context.getBean(AdvanceLog.class);

                    assertThat(ledger.byDefault().blockOptional(PATIENCE)).isPresent();
                    assertThat(ledger.always().blockFirst(PATIENCE)).isNotNull();
                    assertThat(ledger.ifFree().blockOptional(PATIENCE)).isPresent();
                    assertThat(ledger.manyIfFree().blockFirst(PATIENCE)).isNotNull();
                    assertThat(ledger.both().blockOptional(PATIENCE)).isPresent();
                    assertThat(guard.advanced).hasSize(6);
                    assertThat(ledger.never().blockOptional(PATIENCE)).isEmpty();

                    Lease other = Objects.requireNonNull(context.getBean(LockClient.class)
                            .acquire(LockRequest.of("a").leaseTime(Duration.ofHours(1)))
                            .block(PATIENCE));
                    assertThat(ledger.ifFree().blockOptional(PATIENCE)).isEmpty();
                    assertThat(ledger.manyIfFree().collectList().block(PATIENCE))
                            .isEmpty();
                    assertThat(guard.advanced).hasSize(6);
                    other.release().block(PATIENCE);
                });
    }

    @Test
    @DisplayName("takes the lock again, above the token that the storage knows")
    void again() {
        withLocks()
                .withBean(FencingGuard.class, AdvanceLog::new)
                .withBean(Ledger.class)
                .run(context -> {
                    AdvanceLog guard = context.getBean(AdvanceLog.class);

                    guard.refusals.set(1);
                    assertThat(context.getBean(Ledger.class).ifFree().blockOptional(PATIENCE))
                            .isPresent();
                    guard.refusals.set(1);
                    assertThat(context.getBean(Ledger.class).always().blockFirst(PATIENCE))
                            .isNotNull();
                    assertThat(guard.refusals).hasValue(0);
                });
    }
}
