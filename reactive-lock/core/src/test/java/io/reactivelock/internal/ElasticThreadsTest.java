package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** G6: threads that only one client fills. */
class ElasticThreadsTest {
    private static final long PATIENCE = 60;

    private final Scheduler timer = Schedulers.newSingle("timer", true);
    private final ElasticThreads threads = new ElasticThreads(timer);

    @AfterEach
    void close() {
        threads.close();
        timer.dispose();
    }

    @Test
    void aTaskDoesNotWaitForThoseThatBlock() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(24);
        for (int i = 0; i < 24; i++) {
            threads.execute(() -> {
                begun.countDown();
                await(end);
            });
        }
        assertThat(begun.await(PATIENCE, TimeUnit.SECONDS)).isTrue();

        // when all of them have begun and still block, and the queue was empty in between
        CountDownLatch told = new CountDownLatch(1);
        threads.execute(told::countDown);
        assertThat(told.await(PATIENCE, TimeUnit.SECONDS)).isTrue();
        end.countDown();
    }

    @Test
    void manyShortTasksAreAllRun() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(10_000);
        for (int i = 0; i < 10_000; i++) {
            threads.execute(done::countDown);
        }
        assertThat(done.await(PATIENCE, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void takesNothingOnceClosed() {
        threads.close();
        Assertions.assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> threads.execute(() -> {}));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
