package io.reactivelock.internal;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Lease;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.LeaseTimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The end of a lease whose lock stays taken for longer. */
class HoldAtLeastTest {
    private static final LockRequest REQUEST = LockRequest.of("a")
            .leaseTime(ofSeconds(30))
            .waitTime(ofSeconds(5))
            .renewalInterval(ofSeconds(9))
            .driftMargin(ofMillis(100))
            .holdAtLeast(ofSeconds(20));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ScriptedBackend backend = new ScriptedBackend();
    private final LockClientOptions options =
            LockClientOptions.defaults().scheduler(time).localHandOff(10, ofSeconds(60));
    private final LockClient client = LockClient.create(backend, options);
    private final List<Object> released = new ArrayList<>();

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private Lease acquired(int attempt) {
        List<Lease> leases = new ArrayList<>();
        client.acquire(REQUEST).subscribe(leases::add);
        backend.granted(attempt, 7, 5, false);
        return leases.get(0);
    }

    private Duration rest(int renewal) {
        return backend.renewals.get(renewal).get(0).leaseTime();
    }

    @Test
    @DisplayName("C10: an early release leaves the rest of the time on the server, and sends no release")
    void early() {
        Lease lease = acquired(0);
        time.advanceTimeBy(ofSeconds(5));
        lease.release().subscribe(released::add);

        assertThat(lease.isValid()).isFalse();
        assertThat(rest(0)).isEqualTo(ofSeconds(15));
        backend.renewed(0, true);
        assertThat(released).containsExactly(true);
        time.advanceTimeBy(ofSeconds(60));
        assertThat(backend.log).containsExactly("try", "renew");
    }

    @Test
    @DisplayName("C10: a release after that time is one, and a lease that the backend no longer knew is none")
    void late() {
        Lease lease = acquired(0);
        time.advanceTimeBy(ofSeconds(10));
        backend.renewed(0, true);
        time.advanceTimeBy(ofSeconds(10));
        lease.release().subscribe(released::add);
        assertThat(backend.log).endsWith("release");

        Lease taken = acquired(1);
        int renewals = backend.renewals.size();
        taken.release().subscribe(released::add);
        backend.renewed(renewals, false);
        assertThat(released).containsExactly(false);
    }

    @Test
    @DisplayName("C10: what could not be sent is sent again, for what is left by then, and is released when nothing is")
    void again() {
        Lease lease = acquired(0);
        lease.release().subscribe(released::add);
        assertThat(rest(0)).isEqualTo(ofSeconds(20));
        backend.renewalFailed(0, Kind.TRANSIENT);
        time.advanceTimeBy(ofSeconds(1));
        assertThat(rest(1)).isBetween(ofSeconds(19), ofSeconds(20));
        backend.renewalFailed(1, Kind.TRANSIENT);
        time.advanceTimeBy(ofSeconds(3));
        assertThat(backend.renewals).hasSize(3);
        assertThat(rest(2)).isBetween(ofSeconds(16), ofSeconds(19));
        backend.renewed(2, true);
        assertThat(released).containsExactly(true);
    }

    @Test
    @DisplayName("C10: nobody else of this client gets the lock before that time")
    void noHandOff() {
        Lease lease = acquired(0);
        List<Lease> next = new ArrayList<>();
        client.acquire(REQUEST).subscribe(next::add);
        lease.release().subscribe(released::add);
        assertThat(next).isEmpty();
        assertThat(backend.log).startsWith("try", "renew");
    }

    @Test
    @DisplayName("C10: a lease that ends with its client, or by its longest hold, leaves the lock taken as well")
    void lost() {
        acquired(0);
        client.close().subscribe();
        assertThat(backend.log).contains("renew").doesNotContain("release");
        assertThat(rest(0)).isEqualTo(ofSeconds(20));
    }

    @Test
    @DisplayName("C10: the rest is no shorter than what the backend can keep")
    void bounds() {
        backend.leaseTimes = new LeaseTimes(ofSeconds(15), ofSeconds(60), ofSeconds(1));
        Lease lease = acquired(0);
        time.advanceTimeBy(ofSeconds(8));
        lease.release().subscribe(released::add);
        assertThat(rest(0)).isEqualTo(ofSeconds(15));
    }
}
