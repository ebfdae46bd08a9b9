package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.await;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static io.reactivelock.redis.RedisFixture.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.KillArgs;
import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AttemptResult.Busy;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testkit.RedisExtension;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.test.StepVerifier;

class RedisWaitQueueTest {
    private static final WaitSignal RECHECK = new WaitSignal.Recheck();

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
                    assertThat(fixture.enqueue("a", first)).isInstanceOf(Busy.class);
                    assertThat(fixture.enqueue("a", second)).isInstanceOf(Busy.class);
                    // one that tries again keeps its place
                    assertThat(fixture.enqueue("a", first)).isInstanceOf(Busy.class);
                    fixture.release("a", owner);
                })
                .expectNext(new WaitSignal.Turn(first))
                .then(() -> {
                    assertThat(token(fixture.enqueue("a", first))).isGreaterThan(ownersToken);
                    fixture.release("a", first);
                })
                .expectNext(new WaitSignal.Turn(second))
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
        long full = Duration.ofMinutes(10).toMillis();
        assertThat(fixture.redis().pttl(fixture.waitKey("a"))).isBetween(full - 60_000, full);

        fixture.redis().pexpire(fixture.waitKey("a"), 60_000);
        fixture.enqueue("a", waiter);

        assertThat(fixture.redis().pttl(fixture.waitKey("a"))).isGreaterThan(60_000);
    }

    @Test
    @DisplayName("a plain attempt does not enter the queue")
    void tryDoesNotEnter() {
        fixture.enqueue("a", holder());
        fixture.tryAcquire("a", holder());

        assertThat(fixture.redis().exists(fixture.waitKey("a"))).isZero();
    }

    @Test
    @DisplayName("a lock that came free is kept for the waiter that was called, for the claim time")
    void keepsTheLockForTheCalled() {
        Holder owner = holder();
        Holder waiter = holder();
        Holder stranger = holder();
        fixture.enqueue("a", owner);
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", waiter);
                    fixture.release("a", owner);
                })
                .expectNext(new WaitSignal.Turn(waiter))
                .thenCancel()
                .verify(PATIENCE);

        Busy busy = (Busy) fixture.tryAcquire("a", stranger);
        assertThat(busy.remaining()).isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(get(fixture.backend.renew(List.of(renewal("a", waiter))).collectList()))
                .containsExactly(new RenewalResult(waiter, false));
        assertThat(fixture.redis().pttl(fixture.lockKey("a"))).isLessThanOrEqualTo(1_000);
        await("the claim is over", () -> fixture.tryAcquire("a", stranger) instanceof Granted);
        assertThat(fixture.enqueue("a", waiter)).isInstanceOf(Busy.class);
    }

    @Test
    @DisplayName("a waiter that was called and leaves had no lock to release")
    void turnIsNoGrant() {
        Holder owner = holder();
        Holder waiter = holder();
        fixture.enqueue("a", owner);
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", waiter);
                    fixture.release("a", owner);
                })
                .expectNext(new WaitSignal.Turn(waiter))
                .thenCancel()
                .verify(PATIENCE);

        assertThat(fixture.release("a", waiter)).isFalse();
        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();
        assertThat(fixture.release("a", owner)).isTrue();
    }

    @Test
    @DisplayName("a waiter that got the lock out of turn is not called again")
    void grantedWaiterLeavesTheQueue() {
        Holder owner = holder();
        Holder early = holder();
        Holder late = holder();
        Holder later = holder();
        fixture.enqueue("a", owner);
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", early);
                    fixture.enqueue("a", late);
                    fixture.enqueue("a", later);
                    // the lease of the owner ends, and a waiter that is not the first is the first to see it
                    fixture.redis().del(fixture.lockKey("a"));
                    assertThat(fixture.enqueue("a", late)).isInstanceOf(Granted.class);
                    fixture.release("a", late);
                })
                .expectNext(new WaitSignal.Turn(early))
                .then(() -> {
                    assertThat(fixture.redis().zrange(fixture.waitKey("a"), 0, -1))
                            .singleElement()
                            .asString()
                            .startsWith(later.toString());
                    fixture.enqueue("a", early);
                    fixture.release("a", early);
                })
                .expectNext(new WaitSignal.Turn(later))
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    @DisplayName("a holder that stands in the queue itself calls the next, not itself")
    void doesNotCallItself() {
        Holder owner = holder();
        Holder first = holder();
        Holder second = holder();
        fixture.enqueue("a", owner);
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", first);
                    fixture.enqueue("a", second);
                    fixture.redis().del(fixture.lockKey("a"));
                    fixture.enqueue("a", first);
                    fixture.release("a", first);
                })
                .expectNext(new WaitSignal.Turn(second))
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    @DisplayName("F1: the turn of a client that is gone passes on to the next in the same step")
    void passesOverDeadClients() {
        Holder owner = holder();
        Holder alive = holder();
        fixture.enqueue("a", owner);
        RedisLockBackend dead = fixture.otherBackend();
        for (int i = 0; i < 7; i++) {
            get(dead.enqueue(command("a", holder()), CHECK));
        }
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", alive);
                    fixture.release("a", owner);
                })
                .expectNext(new WaitSignal.Turn(alive))
                .thenCancel()
                .verify(PATIENCE);
        get(dead.disposeLater().thenReturn(true));
    }

    @Test
    @DisplayName("F1: a release calls at most eight clients that are gone")
    void boundsTheCallsOfARelease() {
        Holder owner = holder();
        fixture.enqueue("a", owner);
        for (int i = 0; i < 20; i++) {
            fixture.enqueue("a", holder());
        }

        fixture.release("a", owner);

        assertThat(fixture.redis().zcard(fixture.waitKey("a"))).isEqualTo(12);
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
                .expectNext(new WaitSignal.Turn(next))
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
                .expectNext(new WaitSignal.Turn(leaving))
                .then(() -> fixture.backend.leave("a", leaving).block(PATIENCE))
                .expectNext(new WaitSignal.Turn(next))
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
    @DisplayName("A9: calling a waiter overwrites nothing that was put in the place of the lock")
    void callOverwritesNothing() {
        fixture.enqueue("a", holder());
        StepVerifier.create(fixture.backend.signals())
                .expectNext(RECHECK)
                .then(() -> {
                    fixture.enqueue("a", holder());
                    fixture.redis().del(fixture.lockKey("a"));
                    fixture.redis().lpush(fixture.lockKey("a"), "mine");
                    fixture.backend.leave("a", holder()).block(PATIENCE);
                })
                .expectNextMatches(WaitSignal.Turn.class::isInstance)
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
                .expectNext(new WaitSignal.Turn(waiter))
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
                .expectNext(new WaitSignal.Turn(waiter))
                .thenCancel()
                .verify(PATIENCE);
        other.disposeLater().block(PATIENCE);
    }

    private List<String> channels() {
        return fixture.redis().pubsubChannels(fixture.prefix + ":wake:*");
    }
}
