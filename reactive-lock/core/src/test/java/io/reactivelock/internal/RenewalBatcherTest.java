package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.LockObserver;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Very many leases that are due at once. */
class RenewalBatcherTest {
    private static final int LEASES = 5_500;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final LeaseClock clock = new LeaseClock(time, true);
    private final ScriptedBackend backend = new ScriptedBackend();
    private final RenewalBatcher batcher = new RenewalBatcher(
            backend,
            clock,
            new ReleaseGate(new SignalThreads(Runnable::run, clock)),
            new Observation(LockObserver.NONE));
    private final TimerQueue timers = new TimerQueue(clock, time.createWorker(), batcher::flush);
    private int looks;

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private final class DueLease implements RenewalBatcher.Renewable {
        private final int number;

        DueLease(int number) {
            this.number = number;
        }

        @Override
        public boolean isHeld() {
            looks++;
            return number % 10 != 0;
        }

        @Override
        public Renewal renewal() {
            return new Renewal("n" + number, new Holder(0, number), ofSeconds(10));
        }

        @Override
        public void renewalAnswered(RenewalResult result, LeaseClock.Timestamp sent) {
            throw new AssertionError("nothing is answered here");
        }

        @Override
        public void renewalFailed(Throwable error) {
            throw new AssertionError(error);
        }
    }

    @Test // B6
    void eachIsLookedAtOnceAndSentOnce() {
        List<DueLease> leases =
                IntStream.range(0, LEASES).mapToObj(DueLease::new).toList();
        leases.forEach(batcher::add);
        leases.forEach(batcher::add); // due again, while it waits for its round

        batcher.flush(timers);
        batcher.flush(timers); // other timers go off meanwhile
        assertThat(backend.renewals).hasSize(1);
        time.advanceTimeBy(ofMillis(9));
        assertThat(backend.renewals).hasSize(1);
        time.advanceTimeBy(ofMillis(1));
        assertThat(backend.renewals).hasSize(2);
        time.advanceTimeBy(ofMillis(100));

        assertThat(backend.renewals)
                .hasSize(5)
                .allSatisfy(round -> assertThat(round).hasSizeLessThanOrEqualTo(1_000));
        assertThat(backend.renewals.stream().flatMap(List::stream).map(Renewal::name))
                .hasSize(LEASES * 9 / 10)
                .doesNotHaveDuplicates();
        assertThat(looks).isEqualTo(LEASES);
        assertThat(timers.size()).isZero();
    }
}
