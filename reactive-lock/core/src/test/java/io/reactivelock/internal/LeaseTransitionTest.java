package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * A transition of a lease in the middle of another one: only one of them takes effect. Each repetition puts it at another reading of
 * the clock, between the look at the state and the change of it. Without threads, so that each run is the same.
 */
class LeaseTransitionTest {
    private static final int READINGS = 6;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final InterruptedTime clock = new InterruptedTime(time);
    private final ScriptedBackend backend = new ScriptedBackend();
    private final List<Object> signals = new ArrayList<>();
    private final Lease lease = acquired();

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private Lease acquired() {
        List<Lease> leases = new ArrayList<>();
        LockClient.create(backend, LockClientOptions.defaults().scheduler(clock))
                .acquire(LockRequest.of("a").leaseTime(ofSeconds(10)).driftMargin(ofMillis(100)))
                .subscribe(leases::add);
        backend.granted(0, 7);
        return leases.get(0);
    }

    private void release() {
        lease.release().subscribe(signals::add, signals::add);
    }

    @RepeatedTest(READINGS) // B5, G5
    void aReleaseInTheMiddleOfAnAnsweredRenewalStays(RepetitionInfo reading) {
        time.advanceTimeBy(ofSeconds(4));
        clock.atReading(reading.getCurrentRepetition(), this::release);

        backend.renewed(0, true);

        if (backend.releases.isEmpty()) {
            release(); // there are fewer readings
        }
        assertThat(lease.isValid()).isFalse();
        assertThat(backend.releases).hasSize(1);
        int renewals = backend.renewals.size();
        time.advanceTimeBy(ofSeconds(60));
        assertThat(backend.renewals).hasSize(renewals);
    }

    @RepeatedTest(2 * READINGS) // B5
    void aReleaseInTheMiddleOfARoundOfRenewalsGoesBehindThem(RepetitionInfo reading) {
        clock.atReading(reading.getCurrentRepetition(), this::release);

        time.advanceTimeBy(ofSeconds(4));

        if (backend.releases.isEmpty()) {
            release(); // there are fewer readings
        }
        assertThat(backend.log).isIn(List.of("try", "release"), List.of("try", "renew", "release"));
    }

    @RepeatedTest(READINGS) // C6, G5
    void aReleaseInTheMiddleOfAReleaseSendsNothing(RepetitionInfo reading) {
        clock.atReading(reading.getCurrentRepetition(), this::release);

        release();

        assertThat(backend.releases).hasSize(1);
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals).isNotEmpty().containsOnly(true);
    }

    @RepeatedTest(READINGS) // C6, B2
    void aReleaseInTheMiddleOfALossSendsNothing(RepetitionInfo reading) {
        time.advanceTimeBy(ofSeconds(4));
        clock.atReading(reading.getCurrentRepetition(), this::release);

        backend.renewed(0, false);

        assertThat(lease.isValid()).isFalse();
        assertThat(backend.releases.size() + lossesSignalled()).isEqualTo(1);
    }

    private int lossesSignalled() {
        List<LeaseLoss> losses = new ArrayList<>();
        lease.lost().subscribe(losses::add);
        return losses.size();
    }

    /** Virtual time, with a step in the middle of a reading of the monotonic clock. */
    private static final class InterruptedTime implements Scheduler {
        private final Scheduler time;
        private @Nullable Runnable step;
        private int left;

        InterruptedTime(Scheduler time) {
            this.time = time;
        }

        void atReading(int number, Runnable interruption) {
            left = number;
            step = interruption;
        }

        @Override
        public long now(TimeUnit unit) {
            Runnable due = step;
            if (due != null && unit == TimeUnit.NANOSECONDS && --left == 0) {
                step = null;
                due.run();
            }
            return time.now(unit);
        }

        @Override
        public Disposable schedule(Runnable task) {
            return time.schedule(task);
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            return time.schedule(task, delay, unit);
        }

        @Override
        public Worker createWorker() {
            return time.createWorker();
        }
    }
}
