package io.reactivelock.testkit;

import static io.reactivelock.testkit.LockBackendContract.newHolder;
import static io.reactivelock.testkit.LockBackendContract.newName;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.AttemptResult.Busy;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal.Recheck;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What a backend that is a {@link WaitQueue} has to do beyond the {@link LockBackendContract}. As there, tests may run at the same time,
 * on one backend or on several.
 */
public interface WaitQueueContract extends LockBackendContract {
    /** The interval at which the first waiter is told to ask again. Longer than a test takes, so that no waiter is held to be dead. */
    Duration CHECK = Duration.ofMinutes(1);

    /** Returns the queue of the backend under test. */
    default WaitQueue queue() {
        return backend().waitQueue().orElseThrow();
    }

    @Test
    @DisplayName("The signals begin with a recheck")
    default void beginsWithARecheck() {
        assertThat(time().await(queue().signals().next())).isEqualTo(new Recheck());
    }

    @Test
    @DisplayName("Who enters the queue of a free lock gets it")
    default void grantsAFreeLockToWhoWouldWait() {
        String name = newName();
        Holder holder = newHolder();
        long token = enter(name, holder);
        assertThat(enter(name, holder)).isEqualTo(token);
    }

    @Test
    @DisplayName("D2: waiters get their turn in the order in which they came, each with a higher token")
    default void servesWaitersInOrder() {
        String name = newName();
        try (TurnRecorder turns = new TurnRecorder(queue(), time())) {
            Holder holder = newHolder();
            long last = enter(name, holder);
            List<Holder> waiters =
                    IntStream.range(0, 5).mapToObj(i -> newHolder()).toList();
            waiters.forEach(waiter -> line(name, waiter));
            line(name, waiters.get(0)); // to ask again keeps the place
            for (Holder waiter : waiters) {
                release(name, holder);
                turns.await(waiter);
                long token = enter(name, waiter);
                assertThat(token).isGreaterThan(last);
                last = token;
                holder = waiter;
            }
        }
    }

    @Test
    @DisplayName("An attempt never enters the queue")
    default void doesNotQueueAnAttempt() {
        String name = newName();
        Holder holder = newHolder();
        enter(name, holder);
        Holder trying = newHolder();
        attempt(name, trying);
        Holder waiter = newHolder();
        line(name, waiter);
        try (TurnRecorder turns = new TurnRecorder(queue(), time())) {
            release(name, holder);
            turns.await(waiter);
            assertThat(turns.seenOf(trying, waiter)).containsExactly(waiter);
        }
    }

    @Test
    @DisplayName("An attempt never overtakes the queue")
    default void doesNotLetAnAttemptOvertakeTheQueue() {
        String name = newName();
        Holder holder = newHolder();
        enter(name, holder);
        Holder waiter = newHolder();
        line(name, waiter);
        try (TurnRecorder turns = new TurnRecorder(queue(), time())) {
            release(name, holder);
            assertThat(attempt(name, newHolder())).isInstanceOf(Busy.class);
            turns.await(waiter);
            enter(name, waiter);
        }
    }

    @Test
    @DisplayName("F5: who leaves the queue is not called")
    default void doesNotCallWhoLeft() {
        String name = newName();
        Holder holder = newHolder();
        enter(name, holder);
        Holder gone = newHolder();
        Holder next = newHolder();
        line(name, gone);
        line(name, next);
        leave(name, gone);
        leave(name, gone);
        try (TurnRecorder turns = new TurnRecorder(queue(), time())) {
            release(name, holder);
            turns.await(next);
            assertThat(turns.seenOf(gone, next)).containsExactly(next);
        }
    }

    @Test
    @DisplayName("A3: who leaves after being called passes the turn on")
    default void passesOnATurn() {
        String name = newName();
        Holder holder = newHolder();
        enter(name, holder);
        Holder called = newHolder();
        Holder next = newHolder();
        line(name, called);
        line(name, next);
        try (TurnRecorder turns = new TurnRecorder(queue(), time())) {
            release(name, holder);
            turns.await(called);
            leave(name, called);
            turns.await(next);
            enter(name, next);
        }
    }

    @Test
    @DisplayName("A3: who leaves with a grant gives it back, to the next waiter")
    default void givesBackAGrant() {
        String name = newName();
        Holder holder = newHolder();
        enter(name, holder);
        Holder next = newHolder();
        line(name, next);
        try (TurnRecorder turns = new TurnRecorder(queue(), time())) {
            leave(name, holder);
            turns.await(next);
            enter(name, next);
        }
    }

    @Test
    @DisplayName("C1: who leaves takes nothing from others")
    default void takesNothingFromOthers() {
        String name = newName();
        Holder holder = newHolder();
        long token = enter(name, holder);
        leave(name, newHolder());
        assertThat(attempt(name, newHolder())).isInstanceOf(Busy.class);
        assertThat(enter(name, holder)).isEqualTo(token);
    }

    @Test
    @DisplayName("F2: a waiter that asks again gets the lock once the lease has ended, without any signal")
    default void grantsAnExpiredLockToAWaiterThatAsksAgain() {
        String name = newName();
        time().await(queue().enqueue(new AcquireCommand(name, newHolder(), leaseTime(), 0, 1), CHECK));
        Holder waiter = newHolder();
        line(name, waiter);
        enterWhenFree(name, waiter);
    }

    @Test
    @DisplayName("F1: a waiter that died before its turn does not stop the others")
    default void passesOverADeadWaiter() {
        String name = newName();
        Holder holder = newHolder();
        enter(name, holder);
        time().await(queue().enqueue(commandOf(name, newHolder()), Duration.ofSeconds(1)));
        Holder alive = newHolder();
        line(name, alive);
        release(name, holder);
        enterWhenFree(name, alive);
    }

    @Test
    @DisplayName("F11: a holder with several tokens hears that others have come to wait")
    default void tellsAHolderThatOthersWait() {
        String name = newName();
        Holder holder = newHolder();
        AcquireCommand several = new AcquireCommand(name, holder, longLeaseTime(), 0, 3);
        try (TurnRecorder turns = new TurnRecorder(queue(), time())) {
            AttemptResult result = time().await(queue().enqueue(several, CHECK));
            assertThat(result)
                    .isInstanceOfSatisfying(
                            Granted.class,
                            granted -> assertThat(granted.contended()).isFalse());
            assertThat(time().await(queue().enqueue(several, CHECK))).isEqualTo(result);
            line(name, newHolder());
            if (((Granted) result).tokens() > 1) {
                turns.awaitContended(holder);
            }
        }
        release(name, holder);
    }

    @Test
    @DisplayName("D1: later tokens are above all that a grant reserved")
    default void givesTokensAboveAllThatAreReserved() {
        String name = newName();
        Holder holder = newHolder();
        AttemptResult result =
                time().await(queue().enqueue(new AcquireCommand(name, holder, longLeaseTime(), 0, 1_000), CHECK));
        assertThat(result).isInstanceOf(Granted.class);
        Granted granted = (Granted) result;
        assertThat(granted.tokens()).isBetween(1, 1_000);
        release(name, holder);
        assertThat(enter(name, newHolder())).isGreaterThanOrEqualTo(granted.token() + granted.tokens());
    }

    private AcquireCommand commandOf(String name, Holder holder) {
        return new AcquireCommand(name, holder, longLeaseTime(), 0, 1);
    }

    private AttemptResult attempt(String name, Holder holder) {
        return time().await(backend().tryAcquire(commandOf(name, holder)));
    }

    private long enter(String name, Holder holder) {
        AttemptResult result = time().await(queue().enqueue(commandOf(name, holder), CHECK));
        assertThat(result).isInstanceOf(Granted.class);
        return ((Granted) result).token();
    }

    private void enterWhenFree(String name, Holder holder) {
        time().await(queue().enqueue(commandOf(name, holder), CHECK)
                .filter(Granted.class::isInstance)
                .repeatWhenEmpty(tries -> tries.delayElements(Duration.ofMillis(20), time().scheduler())));
    }

    private void line(String name, Holder holder) {
        AttemptResult result = time().await(queue().enqueue(commandOf(name, holder), CHECK));
        assertThat(result).isNotInstanceOf(Granted.class);
    }

    private void leave(String name, Holder holder) {
        time().await(queue().leave(name, holder).thenReturn(true));
    }

    private void release(String name, Holder holder) {
        assertThat(time().await(backend().release(name, holder))).isTrue();
    }
}
