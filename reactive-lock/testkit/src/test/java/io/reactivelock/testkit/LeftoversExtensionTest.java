package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.r2dbc.postgresql.message.frontend.Terminate;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The canaries of what is looked for after every test class. */
class LeftoversExtensionTest {
    private static final Duration SHORT = Duration.ofMillis(10);

    @Test
    @DisplayName("G7, canary: a buffer that nobody released is found once")
    void findsBuffers() throws InterruptedException {
        ByteBufAllocator.DEFAULT.buffer();
        List<String> found = new ArrayList<>();
        while (found.isEmpty()) {
            found.addAll(LeftoversExtension.find(SHORT)); // until the collector has met it
        }
        assertThat(found).singleElement().asString().contains("was not released");
        assertThat(LeftoversExtension.find(SHORT)).isEmpty();
    }

    @Test
    @DisplayName("G7: a request that r2dbc-postgresql lost is its own")
    void leavesRequestsToTheirDriver() throws InterruptedException {
        WeakReference<Object> request = new WeakReference<>(
                Mono.from(Terminate.INSTANCE.encode(ByteBufAllocator.DEFAULT)).block());
        List<String> found = new ArrayList<>();
        while (request.get() != null) {
            found.addAll(LeftoversExtension.find(SHORT));
        }
        found.addAll(LeftoversExtension.find(SHORT));
        assertThat(found).isEmpty();
    }

    @Test
    @DisplayName("G7, canary: a thread that goes on is found once, and one that ends in time is not")
    void findsThreads() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        start("reactive-lock-canary", end);
        assertThat(LeftoversExtension.find(SHORT)).containsExactly("thread reactive-lock-canary");
        start("lettuce-canary", end);
        end.countDown();
        assertThat(LeftoversExtension.find(Duration.ofMinutes(1))).isEmpty();
    }

    private static void start(String name, CountDownLatch end) {
        Runnable waiting = () -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        new Thread(waiting, name).start();
    }
}
