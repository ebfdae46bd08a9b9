package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.LEASE;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static io.reactivelock.redis.RedisFixture.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.KillArgs;
import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult.Busy;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.AttemptResult.Queued;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.spi.WaitSignal.HandOff;
import io.reactivelock.testservers.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class RedisWaitQueueTest {
    private static final WaitSignal RECHECK = new WaitSignal.Recheck();
    private static final String PROBE = "000000000000000000000000000000ff 1 1 0 1000 1";

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private RedisFixture fixture;

    @BeforeEach
    void open() {
        fixture = new RedisFixture(REDIS.server());
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void callsTheWaitersInOrder() {
        Holder owner = holder();
        Holder first = holder();
        Holder second = holder();
        long ownersToken = token(fixture.enqueue("a", owner));

        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    assertThat(fixture.enqueue("a", first)).isInstanceOf(Queued.class);
                    assertThat(fixture.enqueue("a", second)).isInstanceOf(Queued.class);
                    // one that tries again keeps its place
                    assertThat(fixture.enqueue("a", first)).isInstanceOf(Queued.class);
                    fixture.release("a", owner);
                })
                .expectNextMatches(handOffTo(first))
                .then(() -> {
                    assertThat(token(fixture.enqueue("a", first))).isGreaterThan(ownersToken);
                    fixture.release("a", first);
                })
                .expectNextMatches(handOffTo(second))
                .thenCancel()
                .verify(PATIENCE);
        assertThat(fixture.redis().exists(fixture.waitKey("a"))).isZero();
    }

    @Test
    @DisplayName("the queue goes when nobody waits, and lives while somebody tries again")
    void queueExpires() {
        fixture.enqueue("a", holder());
        Holder waiter = holder();
        fixture.enqueue("a", waiter);
        long full = CHECK.multipliedBy(3).plusMinutes(10).toMillis();
        assertThat(fixture.redis().pttl(fixture.waitKey("a"))).isBetween(full - 60_000, full);

        fixture.redis().pexpire(fixture.waitKey("a"), 60_000);
        fixture.enqueue("a", waiter);

        assertThat(fixture.redis().pttl(fixture.waitKey("a"))).isGreaterThan(60_000);
    }

    @Test
    @DisplayName(
            "F1: the queue outlives the silence of its waiters, however long that is, and whoever comes after them")
    void outlivesSilence() {
        Duration silence = Duration.ofMinutes(20);
        fixture.tryAcquire("a", holder());
        get(fixture.backend.enqueue(command("a", holder()), silence));
        fixture.enqueue("a", holder());

        for (String key : List.of(fixture.waitKey("a"), fixture.waitersKey("a"))) {
            assertThat(fixture.redis().pttl(key))
                    .isGreaterThan(silence.multipliedBy(3).toMillis());
        }
    }

    @Test
    @DisplayName("a plain attempt does not enter the queue")
    void tryDoesNotEnter() {
        fixture.enqueue("a", holder());
        fixture.tryAcquire("a", holder());

        assertThat(fixture.redis().exists(fixture.waitKey("a"))).isZero();
    }

    @Test
    @DisplayName("a release grants the lock to the next waiter in the same step, for the claim time")
    void grantsTheLockToTheNext() {
        Holder owner = holder();
        Holder waiter = holder();
        Holder stranger = holder();
        long ownersToken = token(fixture.enqueue("a", owner));
        Queued queued = (Queued) fixture.enqueue("a", waiter);

        HandOff handOff = handOff(() -> fixture.release("a", owner));

        assertThat(handOff.holder()).isEqualTo(waiter);
        assertThat(handOff.grant().leaseTime()).isEqualTo(Duration.ofSeconds(1));
        assertThat(handOff.grant().contended()).isFalse();
        assertThat(handOff.grant().token()).isGreaterThan(ownersToken);
        assertThat(handOff.serverTime()).isGreaterThan(queued.serverTime());
        assertThat(serverTime())
                .isBetween(handOff.serverTime(), handOff.serverTime().plus(PATIENCE));
        assertThat(fixture.redis().pttl(fixture.lockKey("a"))).isBetween(0L, 1_000L);
        Busy busy = (Busy) fixture.tryAcquire("a", stranger);
        assertThat(busy.remaining()).isLessThanOrEqualTo(Duration.ofSeconds(1));

        assertThat(get(fixture.backend.renew(List.of(renewal("a", waiter))).collectList()))
                .containsExactly(new RenewalResult.Renewed(waiter, LEASE));
        assertThat(fixture.redis().pttl(fixture.lockKey("a"))).isGreaterThan(20_000);
        assertThat(((Granted) fixture.enqueue("a", waiter)).token())
                .isEqualTo(handOff.grant().token());
        assertThat(fixture.release("a", owner)).isTrue();
        assertThat(fixture.release("a", waiter)).isTrue();
        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();
    }

    @Test
    @DisplayName("the claim time is an option, within bounds")
    void claimTimeIsAnOption() {
        Holder owner = holder();
        RedisLockBackend patient = fixture.backend.claimTime(Duration.ofMinutes(1));
        fixture.enqueue("a", owner);
        get(patient.enqueue(command("a", holder()), CHECK));

        fixture.release("a", owner);

        // the lease time, which is shorter, counts
        assertThat(fixture.redis().pttl(fixture.lockKey("a"))).isBetween(1_001L, LEASE.toMillis());
        for (Duration wrong : List.of(Duration.ofMillis(9), Duration.ofSeconds(61))) {
            assertThatThrownBy(() -> fixture.backend.claimTime(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the claim time is from PT0.01S to PT1M");
        }
    }

    @Test
    @DisplayName("a claim is not longer than the lease that the winner asked for")
    void shortLeaseShortClaim() {
        Holder owner = holder();
        Holder waiter = holder();
        fixture.enqueue("a", owner);
        get(fixture.backend.enqueue(new AcquireCommand("a", waiter, Duration.ofMillis(300), 0, 1), CHECK));

        HandOff handOff = handOff(() -> fixture.release("a", owner));

        assertThat(handOff.grant().leaseTime()).isEqualTo(Duration.ofMillis(300));
        assertThat(fixture.redis().pttl(fixture.lockKey("a"))).isLessThanOrEqualTo(300);
    }

    @Test
    @DisplayName("D4: a hand-off gives what the waiter asked for last: its floor, and its tokens")
    void grantsWhatWasAskedForLast() {
        Holder owner = holder();
        Holder waiter = holder();
        Holder next = holder();
        long floor = 9_100_000_000_000_000_000L;
        fixture.enqueue("a", owner);
        fixture.enqueue("a", waiter);
        fixture.enqueue("a", next);
        get(fixture.backend.enqueue(new AcquireCommand("a", waiter, LEASE, floor, 16), CHECK));

        HandOff handOff = handOff(() -> fixture.release("a", owner));

        assertThat(handOff.grant()).isEqualTo(new Granted(floor + 1, 16, true, Duration.ofSeconds(1)));
        assertThat(((Granted) fixture.enqueue("a", waiter)).token())
                .isEqualTo(handOff.grant().token());
        assertThat(handOff(() -> fixture.release("a", waiter)).grant())
                .isEqualTo(new Granted(floor + 17, 1, false, Duration.ofSeconds(1)));
    }

    @Test
    @DisplayName("a free lock with a queue goes to its first waiter, whoever tries; only the first gets it by asking")
    void nobodyOvertakes() {
        Holder first = holder();
        Holder second = holder();
        fixture.enqueue("a", holder());
        fixture.enqueue("a", first);
        fixture.enqueue("a", second);
        fixture.redis().del(fixture.lockKey("a")); // the lease of the owner ends

        assertThat(handOff(() -> assertThat(fixture.tryAcquire("a", holder())).isInstanceOf(Busy.class))
                        .holder())
                .isEqualTo(first);
        fixture.redis().del(fixture.lockKey("a")); // the winner died
        assertThat(handOff(() -> assertThat(fixture.enqueue("a", first)).isInstanceOf(Queued.class))
                        .holder())
                .isEqualTo(second);
        fixture.redis().del(fixture.lockKey("a"));
        assertThat(fixture.enqueue("a", first)).isInstanceOf(Granted.class);
        assertThat(fixture.redis().pttl(fixture.lockKey("a"))).isGreaterThan(20_000);
        assertNothingWaits("a");
    }

    @Test
    @DisplayName("a waiter that cannot hear yet, for it has just come, keeps its turn")
    void waitsForWhoHasJustCome() {
        Holder owner = holder();
        Holder first = holder();
        fixture.enqueue("a", owner);
        fixture.enqueue("a", first);
        fixture.enqueue("a", holder());

        fixture.release("a", owner);

        assertThat(fixture.redis().get(fixture.lockKey("a"))).startsWith(first.toString());
        assertThat(fixture.enqueue("a", first)).isInstanceOf(Granted.class);
    }

    @Test
    @DisplayName("F1: waiters that stay silent for three check intervals lose their place when it is their turn")
    void dropsTheSilent() {
        Holder owner = holder();
        Holder alive = holder();
        fixture.enqueue("a", owner);
        Queued told = (Queued) get(fixture.backend.enqueue(command("a", holder()), Duration.ofMillis(10)));
        assertThat(told.checkAfter()).isEqualTo(Duration.ofMillis(10));
        fixture.enqueue("a", alive);
        Duration silent = serverTime().plusMillis(30);
        await("it was silent for too long", () -> serverTime().compareTo(silent) > 0);

        assertThat(handOff(() -> fixture.release("a", owner)).holder()).isEqualTo(alive);
    }

    @Test
    @DisplayName("the further back, the longer a waiter may stay silent")
    void asksLessOftenFurtherBack() {
        fixture.enqueue("a", holder());
        List<Duration> intervals = get(Flux.range(0, 17)
                .concatMap(i -> fixture.backend.enqueue(command("a", holder()), CHECK))
                .map(result -> ((Queued) result).checkAfter())
                .collectList());

        assertThat(intervals).startsWith(CHECK, Duration.ofMillis(1_125)).isSorted();
        assertThat(intervals.get(8)).isEqualTo(CHECK.multipliedBy(2));
        assertThat(intervals.get(16)).isEqualTo(CHECK.multipliedBy(3));
    }

    @Test
    @DisplayName("a holder that stands in the queue itself hands on to the next, not to itself")
    void doesNotHandOnToItself() {
        Holder owner = holder();
        Holder first = holder();
        Holder second = holder();
        fixture.enqueue("a", owner);
        fixture.enqueue("a", first);
        fixture.redis().del(fixture.lockKey("a"), fixture.tokenKey("a")); // evicted: that there is a queue is forgotten
        assertThat(fixture.enqueue("a", first)).isInstanceOf(Granted.class);
        fixture.enqueue("a", second);

        assertThat(handOff(() -> fixture.release("a", first)).holder()).isEqualTo(second);
    }

    @Test
    @DisplayName("F1: a client that is gone and missed its check is passed over in the same step")
    void passesOverDeadClients() {
        Holder owner = holder();
        Holder alive = holder();
        fixture.enqueue("a", owner);
        RedisLockBackend dead = fixture.otherBackend();
        for (int i = 0; i < 7; i++) {
            get(dead.enqueue(command("a", holder()), Duration.ofMillis(200)));
        }
        Duration overdue = serverTime().plusMillis(400);
        await("all of them missed their check", () -> serverTime().compareTo(overdue) > 0);
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", alive);
                    fixture.release("a", owner);
                })
                .expectNextMatches(handOffTo(alive))
                .thenCancel()
                .verify(PATIENCE);
        get(dead.close().thenReturn(true));
    }

    @Test
    @DisplayName("F1: one call clears away a bounded number of waiters that are gone")
    void boundsTheCallsOfARelease() {
        Holder owner = holder();
        fixture.enqueue("a", owner);
        for (int i = 0; i < 70; i++) {
            get(fixture.backend.enqueue(command("a", holder()), Duration.ofMillis(100)));
        }
        Duration overdue = serverTime().plusMillis(1_000);
        await("all of them missed their check", () -> serverTime().compareTo(overdue) > 0);

        fixture.release("a", owner);

        assertThat(fixture.redis().zcard(fixture.waitKey("a"))).isEqualTo(6);
        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();
        assertThat(fixture.tryAcquire("a", holder())).isInstanceOf(Granted.class);
        assertNothingWaits("a");
    }

    @Test
    @DisplayName("F5: leaving takes the place in the queue back, and calls nobody while the lock is held")
    void leavesTheQueue() {
        Holder owner = holder();
        Holder waiter = holder();
        Holder next = holder();
        fixture.enqueue("a", owner);
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", waiter);
                    fixture.enqueue("a", next);
                    fixture.backend.leave("a", waiter).block(PATIENCE);
                    fixture.backend.leave("a", waiter).block(PATIENCE);
                    assertThat(fixture.redis().zcard(fixture.waitKey("a"))).isEqualTo(1);
                    fixture.release("a", owner);
                })
                .expectNextMatches(handOffTo(next))
                .thenCancel()
                .verify(PATIENCE);
        assertThat(fixture.redis().exists(fixture.waitKey("a"))).isZero();
    }

    @Test
    @DisplayName("F5: leaving gives back a grant")
    void leavesTheLock() {
        Holder waiter = holder();
        fixture.enqueue("a", waiter);

        fixture.backend.leave("a", waiter).block(PATIENCE);

        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();
    }

    @Test
    @DisplayName("F5: a turn that crossed the leaving goes to the next waiter")
    void handsOnATurn() {
        Holder owner = holder();
        Holder leaving = holder();
        Holder next = holder();
        fixture.enqueue("a", owner);
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", leaving);
                    fixture.enqueue("a", next);
                    fixture.release("a", owner);
                })
                .expectNextMatches(handOffTo(leaving))
                .then(() -> fixture.backend.leave("a", leaving).block(PATIENCE))
                .expectNextMatches(handOffTo(next))
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    @DisplayName("A9: a queue that is not ours is an error for waiters, and keeps nobody from releasing")
    void foreignQueue() {
        Holder owner = holder();
        fixture.redis().set(fixture.waitKey("a"), "mine");
        assertThat(fixture.enqueue("a", owner)).isInstanceOf(Granted.class);

        StepVerifier.create(fixture.backend.enqueue(command("a", holder()), CHECK))
                .verifyErrorSatisfies(e ->
                        assertThat(((LockBackendException) e).kind()).isEqualTo(LockBackendException.Kind.PERMANENT));
        assertThat(fixture.release("a", owner)).isTrue();
        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();
        assertThat(fixture.redis().get(fixture.waitKey("a"))).isEqualTo("mine");
    }

    @Test
    @DisplayName("A9: a hand-off overwrites nothing that was put in the place of the lock, and grants nothing")
    void handOffOverwritesNothing() {
        fixture.enqueue("a", holder());
        fixture.enqueue("a", holder());
        fixture.redis().del(fixture.lockKey("a"));
        fixture.redis().lpush(fixture.lockKey("a"), "mine");
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.backend.leave("a", holder()).block(PATIENCE);
                    fixture.redis().publish(fixture.backend.channel(), PROBE);
                })
                .expectNextMatches(handOffTo(Holder.parse(PROBE.substring(0, 32))))
                .thenCancel()
                .verify(PATIENCE);

        assertThat(fixture.redis().lrange(fixture.lockKey("a"), 0, -1)).containsExactly("mine");
    }

    @Test
    @DisplayName("F5: a cancel ends the subscription, and another subscriber keeps its own")
    void cancelUnsubscribes() {
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> assertThat(channels()).hasSize(1))
                .then(() -> StepVerifier.create(fixture.backend.signals())
                        .expectNext(RECHECK)
                        .thenCancel()
                        .verify(PATIENCE))
                .expectNext(RECHECK)
                .expectNext(RECHECK)
                .then(() -> assertThat(channels()).hasSize(1))
                .thenCancel()
                .verify(PATIENCE);

        await("no channel is left", () -> channels().isEmpty());
    }

    @Test
    @DisplayName("F6: a new connection subscribes again, and every waiter is told to look")
    void resubscribes() {
        Holder owner = holder();
        Holder waiter = holder();
        fixture.enqueue("a", owner);
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> fixture.redis().clientKill(KillArgs.Builder.typePubsub()))
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", waiter);
                    fixture.release("a", owner);
                })
                .expectNextMatches(handOffTo(waiter))
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    @DisplayName("waiters of several clients share one queue, each with one channel")
    void severalClients() {
        Holder owner = holder();
        Holder waiter = holder();
        fixture.enqueue("a", owner);
        RedisLockBackend other = fixture.otherBackend();
        StepVerifier.create(other.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    get(other.enqueue(command("a", waiter), CHECK));
                    fixture.release("a", owner);
                })
                .expectNextMatches(handOffTo(waiter))
                .thenCancel()
                .verify(PATIENCE);
        other.close().block(PATIENCE);
    }

    /** The one signal that the action causes. */
    private HandOff handOff(Runnable action) {
        List<HandOff> told = new ArrayList<>();
        // the end of an earlier subscription may cause one more recheck
        StepVerifier.create(fixture.backend.signals().distinctUntilChanged())
                .expectNext(RECHECK)
                .then(action)
                .assertNext(signal -> told.add((HandOff) signal))
                .thenCancel()
                .verify(PATIENCE);
        return told.get(0);
    }

    private static Predicate<WaitSignal> handOffTo(Holder holder) {
        return signal -> signal instanceof HandOff handOff && handOff.holder().equals(holder);
    }

    private Duration serverTime() {
        List<String> time = fixture.redis().time();
        return Duration.ofSeconds(Long.parseLong(time.get(0))).plusNanos(1_000 * Long.parseLong(time.get(1)));
    }

    private void assertNothingWaits(String name) {
        assertThat(fixture.redis().exists(fixture.waitKey(name), fixture.waitersKey(name)))
                .isZero();
        assertThat(fixture.redis().get(fixture.tokenKey(name))).doesNotContain("+");
    }

    private List<String> channels() {
        return fixture.redis().pubsubChannels(fixture.prefix + ":wake:*");
    }
}
