package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** C8: a caller waits for its wait time; the release goes on until the lease time is over. */
class ReleaseTaskTest {
    private static final LockRequest IMPATIENT =
            LockRequest.of("a").leaseTime(ofSeconds(30)).waitTime(ofMillis(5));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ScriptedBackend backend = new ScriptedBackend();
    private final List<Object> signals = new ArrayList<>();

    private Lease acquireAndRelease() {
        LockClient client =
                LockClient.create(backend, LockClientOptions.defaults().scheduler(time));
        List<Lease> leases = new ArrayList<>();
        client.acquire(IMPATIENT).subscribe(leases::add);
        backend.granted(0, 7);
        leases.get(0).release().subscribe(signals::add, signals::add);
        return leases.get(0);
    }

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private void fail(int release) {
        backend.releases
                .get(release)
                .tryEmitError(new LockBackendException("a", Kind.TRANSIENT, "not now", null))
                .orThrow();
    }

    @Test
    void goesOnWhenNobodyWaitsForItAnyMore() {
        acquireAndRelease();
        fail(0);
        time.advanceTimeBy(ofMillis(5));
        assertThat(signals)
                .singleElement()
                .isInstanceOfSatisfying(
                        LockBackendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNKNOWN));

        for (int failed = 1; failed < 8; failed++) {
            time.advanceTimeBy(ofSeconds(1));
            assertThat(backend.releases).hasSizeGreaterThan(failed);
            fail(failed);
        }
        time.advanceTimeBy(ofSeconds(1));
        int sent = backend.releases.size();
        backend.releases.get(sent - 1).tryEmitValue(true).orThrow();
        time.advanceTimeBy(ofSeconds(60));

        assertThat(backend.releases).hasSize(sent);
        assertThat(signals).hasSize(1);
    }

    @Test
    void endsWithTheLeaseTime() {
        acquireAndRelease();
        for (int failed = 0; failed < backend.releases.size(); failed++) {
            fail(failed);
            time.advanceTimeBy(ofSeconds(1));
        }
        assertThat(backend.releases).hasSizeBetween(29, 200);
        assertThat(signals).hasSize(1);
    }

    @Test
    void aLateAnswerIsNoSecondResult() {
        Lease lease = acquireAndRelease();
        time.advanceTimeBy(ofMillis(5));
        backend.releases.get(0).tryEmitValue(true).orThrow();
        assertThat(signals).hasSize(1);
        assertThat(lease.isValid()).isFalse();
    }
}
