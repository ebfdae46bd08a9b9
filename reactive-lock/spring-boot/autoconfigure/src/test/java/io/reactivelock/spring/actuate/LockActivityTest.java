package io.reactivelock.spring.actuate;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.LockObserver.AcquireEnd;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

class LockActivityTest {
    private static final LockRequest JOB = LockRequest.of("nightly:report").holdAtLeast(ofSeconds(30));

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final InMemoryLockBackend server = InMemoryLockBackend.create(time);
    private final LockActivity activity = new LockActivity(time);
    private final LockClient locks = client(activity);
    private final List<Lease> leases = new ArrayList<>();

    private LockClient client(LockObserver observer) {
        return LockClient.create(
                server, LockClientOptions.defaults().scheduler(time).observer(observer));
    }

    @AfterEach
    void dispose() {
        time.dispose();
    }

    private Disposable acquire(String name) {
        Disposable acquire = locks.acquire(LockRequest.of(name)).subscribe(leases::add, e -> {});
        time.advanceTime();
        return acquire;
    }

    @Test
    void keepsWhatIsHeldAndWaitedFor() {
        acquire("item:1");
        time.advanceTimeBy(ofSeconds(2));
        acquire("item:2");
        acquire("item:1");
        Disposable third = acquire("item:1");
        time.advanceTimeBy(ofSeconds(1));

        assertThat(activity.held())
                .extracting(held -> held.lease().name() + " for " + held.heldFor())
                .containsExactly("item:1 for PT3S", "item:2 for PT1S");
        assertThat(activity.waiting()).containsExactly(new LockActivity.WaitedFor("item:1", 2));
        assertThat(activity.waitingCount()).isEqualTo(2);

        third.dispose();
        leases.get(0).release().subscribe();
        time.advanceTime();
        leases.get(1).release().subscribe();
        time.advanceTime();
        assertThat(activity.heldCount()).isOne();
        assertThat(activity.waiting()).isEmpty();
        assertThat(activity.waitingCount()).isZero();
    }

    @Test
    void forgetsALeaseThatIsLost() {
        acquire("item:1");
        server.steal("item:1");
        time.advanceTimeBy(ofSeconds(11));

        assertThat(activity.held()).isEmpty();
        assertThat(activity.groups().get(0).lost()).isOne();
    }

    /** A grant that is delivered late can be told after its loss. */
    @Test
    void doesNotKeepALeaseThatWasLostOnItsWay() {
        acquire("item:1");
        Lease lease = leases.get(0);
        server.steal("item:1");
        time.advanceTimeBy(ofSeconds(11));
        activity.acquireGranted(new Asked("item:1", false), lease, LockObserver.GrantPath.ATTEMPT);

        assertThat(activity.held()).isEmpty();
    }

    private record Asked(String name, boolean isQueued) implements LockObserver.Acquire {
        @Override
        public String group() {
            return LockRequest.of(name).group();
        }

        @Override
        public Holder holder() {
            return new Holder(1, 2);
        }

        @Override
        public Duration elapsed() {
            return Duration.ZERO;
        }
    }

    @Test
    void anEndThatIsToldBeforeItsBeginningAddsUpToNothing() {
        LockObserver.Acquire acquire = new Asked("item:1", true);
        activity.acquireEnded(acquire, AcquireEnd.CANCELLED, null);
        assertThat(activity.waiting()).isEmpty();
        assertThat(activity.waitingCount()).isZero();
        activity.acquireQueued(acquire);

        assertThat(activity.waiting()).isEmpty();
        assertThat(activity.waitingCount()).isZero();
    }

    /** Three instances start the job at about the same time; one of them runs it. */
    @Test
    void tellsWhoRanAJobWhoSkippedItAndHowLongItTook() {
        List<LockActivity> instances = List.of(new LockActivity(time), new LockActivity(time), new LockActivity(time));
        List<LockClient> clients = instances.stream().map(this::client).toList();
        time.advanceTimeBy(Duration.ofHours(2));
        for (LockClient client : clients) {
            client.tryAcquire(JOB).subscribe(leases::add);
            time.advanceTime();
        }
        time.advanceTimeBy(ofSeconds(4));
        leases.get(0).release().subscribe();
        time.advanceTime();

        GroupActivity.Summary ran = instances.get(0).groups().get(0);
        assertThat(leases).hasSize(1);
        assertThat(ran.group()).isEqualTo("nightly");
        assertThat(ran.acquired()).isOne();
        assertThat(ran.busy()).isZero();
        assertThat(ran.lastAcquired()).isEqualTo(Instant.EPOCH.plus(Duration.ofHours(2)));
        assertThat(ran.lastHeldFor()).isEqualTo(ofSeconds(4));
        for (LockActivity other : instances.subList(1, 3)) {
            GroupActivity.Summary skipped = other.groups().get(0);
            assertThat(skipped.acquired()).isZero();
            assertThat(skipped.busy()).isOne();
            assertThat(skipped.lastBusy()).isEqualTo(Instant.EPOCH.plus(Duration.ofHours(2)));
            assertThat(skipped.lastHeldFor()).isNull();
        }
    }

    @Test
    void groupsAreBounded() {
        for (int i = 0; i < LockActivity.MAX_GROUPS + 10; i++) {
            activity.acquireEnded(new Asked(i + ":x", false), AcquireEnd.BUSY, null);
        }
        activity.acquireEnded(new Asked("0:x", false), AcquireEnd.BUSY, null);

        assertThat(activity.groups()).hasSize(LockActivity.MAX_GROUPS);
        assertThat(activity.groups().get(0).busy()).isEqualTo(2);
    }
}
