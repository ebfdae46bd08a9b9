package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

class TimerQueueTest {
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final LeaseClock clock = new LeaseClock(time, true);
    private final List<Entry> fired = new ArrayList<>();
    private int rounds;
    private final TimerQueue queue = new TimerQueue(clock, time.createWorker(), timers -> rounds++);

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private class Entry extends TimerEntry {
        boolean closed;

        @Override
        void onDue(long now) {
            assertThat(now - due).isNotNegative();
            fired.add(this);
        }

        @Override
        void onDispose() {}

        @Override
        void onClose() {
            closed = true;
        }
    }

    @Test
    void firesWhatIsDueInOrderHoweverItWasMovedAbout() {
        Random random = new Random(42);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            Entry entry = new Entry();
            entries.add(entry);
            queue.schedule(entry, random.nextInt(1_000_000));
        }
        for (Entry entry : entries) {
            switch (random.nextInt(3)) {
                case 0 -> queue.cancel(entry);
                case 1 -> queue.schedule(entry, random.nextInt(1_000_000));
                default -> {}
            }
        }
        List<TimerEntry> expected =
                new ArrayList<>(entries.stream().filter(e -> e.place >= 0).toList());
        assertThat(queue.size()).isEqualTo(expected.size()).isPositive();
        for (int i = 0; i < 1_000; i++) {
            time.advanceTimeBy(Duration.ofNanos(1_000));
        }
        assertThat(queue.size()).isZero();
        assertThat(fired)
                .containsExactlyInAnyOrderElementsOf(
                        expected.stream().map(Entry.class::cast).toList());
        assertThat(fired).isSortedAccordingTo((a, b) -> Long.compare(a.due, b.due));
    }

    @Test
    void whatIsDueTogetherIsOneRound() {
        for (int i = 0; i < 100; i++) {
            queue.schedule(new Entry(), 1_000);
        }
        time.advanceTimeBy(Duration.ofNanos(999));
        assertThat(fired).isEmpty();
        time.advanceTimeBy(Duration.ofNanos(1));
        assertThat(fired).hasSize(100);
        assertThat(rounds).isEqualTo(1);
    }

    @Test
    void anEarlierEntryIsNotHeldUpByALaterOne() {
        queue.schedule(new Entry(), 1_000_000);
        Entry early = new Entry();
        queue.schedule(early, 1_000);
        time.advanceTimeBy(Duration.ofNanos(1_000));
        assertThat(fired).containsExactly(early);
    }

    @Test
    void anEntryThatFailsDoesNotStopTheOthers() {
        queue.schedule(
                new Entry() {
                    @Override
                    void onDue(long now) {
                        throw new IllegalStateException("one entry's own trouble");
                    }
                },
                1_000);
        Entry together = new Entry();
        Entry later = new Entry();
        queue.schedule(together, 1_000);
        queue.schedule(later, 2_000);
        time.advanceTimeBy(Duration.ofNanos(2_000));
        assertThat(fired).containsExactly(together, later);
    }

    @Test
    void theClockMayWrapAround() {
        // nanoTime has no zero: sums may overflow, differences do not
        long start = Long.MAX_VALUE - 10;
        LeaseClock wrapping = new LeaseClock(shifted(start), true);
        TimerQueue wrapped = new TimerQueue(wrapping, time.createWorker(), timers -> rounds++);
        Entry first = new Entry();
        Entry second = new Entry();
        wrapped.schedule(second, start + 30);
        wrapped.schedule(first, start + 5);
        time.advanceTimeBy(Duration.ofNanos(5));
        assertThat(fired).containsExactly(first);
        time.advanceTimeBy(Duration.ofNanos(24));
        assertThat(fired).containsExactly(first);
        time.advanceTimeBy(Duration.ofNanos(1));
        assertThat(fired).containsExactly(first, second);
    }

    private Scheduler shifted(long start) {
        return new Scheduler() {
            @Override
            public Disposable schedule(Runnable task) {
                return time.schedule(task);
            }

            @Override
            public Worker createWorker() {
                return time.createWorker();
            }

            @Override
            public long now(TimeUnit unit) {
                return unit.convert(start + time.now(TimeUnit.NANOSECONDS), TimeUnit.NANOSECONDS);
            }
        };
    }

    @Test // C7
    void closingTellsWhatIsLeftAndTakesNothingMore() {
        Entry entry = new Entry();
        queue.schedule(entry, 1_000);
        queue.close();
        queue.schedule(new Entry(), 1_000);
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(entry.closed).isTrue();
        assertThat(fired).isEmpty();
        assertThat(queue.size()).isZero();
    }
}
