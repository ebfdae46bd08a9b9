package io.reactivelock.spring.locked;

import static io.reactivelock.spring.locked.LockedContexts.PATIENCE;
import static io.reactivelock.spring.locked.LockedContexts.withLocks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockOperation;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@DisplayName("@Locked on Kotlin's suspending functions and flows")
class LockedKotlinTest {
    private static void run(BiConsumer<SuspendingShopCaller, InMemoryLockBackend> test) {
        withLocks().withBean(SuspendingShop.class).run(context -> {
            InMemoryLockBackend backend = context.getBean(InMemoryLockBackend.class);
            test.accept(new SuspendingShopCaller(context.getBean(SuspendingShop.class)), backend);
            assertThat(backend.heldBy("item:a")).isEmpty();
        });
    }

    @Test
    @DisplayName("runs a suspending function under its lock, which it finds in its context")
    void suspending() {
        run((shop, backend) -> {
            assertThat(shop.buy("a").block(PATIENCE)).isEqualTo("item:a");
            assertThatThrownBy(() -> shop.fail("a").block(PATIENCE)).hasMessage("no a");
            assertThat(backend.calls(LockOperation.RELEASE)).isEqualTo(2);
        });
    }

    @Test
    @DisplayName("holds the lock as long as a flow is collected")
    void flows() {
        run((shop, backend) -> {
            assertThat(shop.watchTwo("a").block(PATIENCE)).containsExactly("item:a", "item:a");
            assertThat(shop.watchLater("a").block(PATIENCE)).containsExactly("item:a 1", "item:a 2");
            assertThat(backend.calls(LockOperation.RELEASE)).isEqualTo(2);
        });
    }

    @Test
    @DisplayName("resumes with null where the lock is held and it does not wait")
    void skips() {
        withLocks().withBean(SuspendingShop.class).run(context -> {
            SuspendingShopCaller shop = new SuspendingShopCaller(context.getBean(SuspendingShop.class));
            LockClient locks = context.getBean(LockClient.class);

            // as another chain, whose Reactor Context knows nothing of the lease
            Mono<Boolean> skipped = locks.withLock(
                    LockRequest.of("item:a"),
                    lease -> Mono.fromFuture(
                            () -> shop.buyIfFree("a").hasElement().toFuture()));
            assertThat(skipped.block(PATIENCE)).isFalse();
            assertThat(shop.buyIfFree("a").block(PATIENCE)).isEqualTo("item:a");
        });
    }

    @Test
    @DisplayName("gives the lock back when the coroutine is cancelled")
    void cancelled() {
        run((shop, backend) -> {
            Sinks.Empty<Void> bought = Sinks.empty();
            Disposable work = shop.keep("a", bought::tryEmitEmpty).subscribe();
            bought.asMono().block(PATIENCE);
            assertThat(backend.heldBy("item:a")).isPresent();

            work.dispose();
            Objects.requireNonNull(backend.whenCalled(LockOperation.RELEASE, 1)).block(PATIENCE);
        });
    }
}
