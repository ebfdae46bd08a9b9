package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.AttemptResult.Busy;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What every {@link LockBackend} has to do. A test class of a backend implements this interface and gives the backend; the tests come
 * with it. Letters and numbers name the rules of the project's specification. A backend with a {@code WaitQueue} takes
 * {@link WaitQueueContract}, one that tells of losses {@link LossSignalsContract}; one in whose places others can write takes {@link ForeignEntryContract} as well. Every test has lock names
 * and holders of its own, so that the class may run its tests concurrently.
 *
 * <pre>{@code
 * class MyLockBackendTest implements LockBackendContract {
 *     private final MyLockBackend backend = new MyLockBackend("mine://localhost");
 *
 *     @Override
 *     public LockBackend backend() {
 *         return backend;
 *     }
 *
 *     @Override
 *     public LockBackend another() {
 *         return new MyLockBackend("mine://localhost");
 *     }
 * }
 * }</pre>
 */
public interface LockBackendContract {
    /** Returns the backend under test, the same one throughout a test. The contract does not close it. */
    LockBackend backend();

    /**
     * Opens one more backend on the same server, as another process has it: with connections of its own. The contract closes it. A
     * backend whose server lives in the JVM gives a view that leaves that server open.
     */
    LockBackend another();

    /** Returns the time that the backend runs on. By default the real one. */
    default ContractTime time() {
        return ContractTime.real();
    }

    /** Returns a lease time that is short enough to wait for its end. 0.3 s by default. */
    default Duration leaseTime() {
        return Duration.ofMillis(300);
    }

    /**
     * Returns a lease time of what is not meant to end during a test. A minute by default. The backend has to allow twice as much, too,
     * and it has to be longer than {@link #leaseTime()} and than a test takes.
     */
    default Duration longLeaseTime() {
        return Duration.ofMinutes(1);
    }

    /** Returns a lock name that no other test uses. */
    static String newName() {
        return "contract:" + newHolder();
    }

    /** Returns a holder that nobody else is. */
    static Holder newHolder() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new Holder(random.nextLong(), random.nextLong());
    }

    @Test
    @DisplayName("A free lock is granted with a positive token")
    default void grantsAFreeLock() {
        assertThat(granted(newName(), newHolder())).isPositive();
        assertThat(backend().consistency()).isNotNull();
    }

    @Test
    @DisplayName("A held lock is busy, and the answer tells for how long at most")
    default void tellsForHowLongALockIsHeld() {
        String name = newName();
        granted(name, newHolder());
        assertBusyFor(name, Duration.ofNanos(1), longLeaseTime().plusSeconds(1));
    }

    @Test
    @DisplayName("Locks of other names are other locks, whatever characters the names have")
    default void keepsNamesApart() {
        String base = newName();
        List<String> names = List.of(
                base,
                base + " ",
                base + "{",
                base + "{a}",
                base + "{b}",
                base + "}",
                base + "%7D",
                base + "%",
                base + "*",
                base + ":lock",
                base + "é",
                base + "\uD83D\uDD12",
                base.toUpperCase(Locale.ROOT),
                base + "x".repeat(512 - base.length()));
        names.forEach(name -> granted(name, newHolder()));
        names.forEach(name -> busy(name, newHolder()));
    }

    @Test
    @DisplayName("Nothing is sent before subscription")
    default void sendsNothingBeforeSubscription() {
        String name = newName();
        Holder holder = newHolder();
        Objects.requireNonNull(backend().tryAcquire(command(name, newHolder())));
        granted(name, holder);
        Objects.requireNonNull(backend().release(name, holder));
        Objects.requireNonNull(backend()
                .renew(List.of(new Renewal(name, holder, longLeaseTime().multipliedBy(2)))));
        assertBusyFor(name, Duration.ZERO, longLeaseTime());
    }

    @Test
    @DisplayName("A2: the same request again gets the same token, and the lease time starts anew")
    default void answersAReplayWithTheSameToken() {
        String name = newName();
        Holder holder = newHolder();
        Mono<AttemptResult> attempt = backend().tryAcquire(command(name, holder));
        long token = token(time().await(attempt));
        assertThat(token(time().await(attempt))).isEqualTo(token);
        assertThat(token(time().await(backend()
                        .tryAcquire(
                                new AcquireCommand(name, holder, longLeaseTime().multipliedBy(2), 0, 1)))))
                .isEqualTo(token);
        assertBusyFor(name, longLeaseTime(), longLeaseTime().multipliedBy(2).plusSeconds(1));
    }

    @Test
    @DisplayName("D1: tokens of one name rise from grant to grant, through releases and expiries")
    default void givesRisingTokens() {
        String name = newName();
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            tokens.add(grantedAndReleased(name, 0));
        }
        tokens.add(grantedShortly(name, newHolder()));
        tokens.add(grantedWhenFree(name, newHolder()));
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("D2: of many attempts at a time one is granted, and its token is the one that a replay gets")
    default void grantsToOneAtATime() {
        String name = newName();
        long last = 0;
        for (int round = 0; round < 10; round++) {
            List<Holder> holders =
                    IntStream.range(0, 32).mapToObj(i -> newHolder()).toList();
            List<Holder> winners = time().await(Flux.fromIterable(holders)
                    .flatMap(
                            holder -> backend()
                                    .tryAcquire(command(name, holder))
                                    .filter(Granted.class::isInstance)
                                    .map(granted -> holder),
                            holders.size())
                    .collectList());
            assertThat(winners).hasSize(1);
            long token = granted(name, winners.get(0));
            assertThat(token).isGreaterThan(last);
            last = token;
            assertThat(released(name, winners.get(0))).isTrue();
        }
    }

    @Test
    @DisplayName("D6: a token is above the number that the command names, exactly, up to 2^63-1; beyond is an error")
    default void givesTokensAboveANumber() {
        String name = newName();
        long beyondDoubles = 9_007_199_254_740_993L;
        long token = grantedAndReleased(name, beyondDoubles);
        assertThat(token).isGreaterThan(beyondDoubles);
        assertThat(grantedAndReleased(name, 0)).isGreaterThan(token);
        assertThat(grantedAndReleased(name, Long.MAX_VALUE - 2)).isEqualTo(Long.MAX_VALUE - 1);
        assertThat(grantedAndReleased(name, 0)).isEqualTo(Long.MAX_VALUE);

        for (long above : new long[] {0, Long.MAX_VALUE}) {
            AcquireCommand command = new AcquireCommand(name, newHolder(), longLeaseTime(), above, 1);
            assertThatThrownBy(() -> time().await(backend().tryAcquire(command)))
                    .isInstanceOfSatisfying(
                            LockBackendException.class,
                            e -> assertThat(e.kind()).isEqualTo(LockBackendException.Kind.PERMANENT));
        }
    }

    @Test
    @DisplayName("D8: a renewal keeps the token")
    default void keepsTheTokenOnRenewal() {
        String name = newName();
        Holder holder = newHolder();
        long token = granted(name, holder);
        assertThat(renewed(name, holder, longLeaseTime())).isTrue();
        assertThat(granted(name, holder)).isEqualTo(token);
    }

    @Test
    @DisplayName("A lease that is not renewed ends with its lease time, and not before")
    default void freesALockWhoseLeaseTimeIsOver() {
        String name = newName();
        long sent = time().nanos();
        long first = grantedShortly(name, newHolder());
        long second = grantedWhenFree(name, newHolder());
        Duration held = Duration.ofNanos(time().nanos() - sent);
        assertThat(second).isGreaterThan(first);
        // less the drift margin of a client: servers may count in milliseconds, or in seconds
        assertThat(held)
                .isGreaterThan(leaseTime().minus(leaseTime().dividedBy(50)).minusMillis(5));
    }

    @Test
    @DisplayName("B3: a renewal starts the lease time anew")
    default void renews() {
        String name = newName();
        Holder holder = newHolder();
        granted(name, holder);
        assertThat(renewed(name, holder, longLeaseTime().multipliedBy(2))).isTrue();
        assertBusyFor(name, longLeaseTime(), longLeaseTime().multipliedBy(2).plusSeconds(1));
    }

    @Test
    @DisplayName("B3, C10: a renewal for less than what is left ends the lease sooner")
    default void renewsForLess() {
        String name = newName();
        Holder holder = newHolder();
        long first = granted(name, holder);
        assertThat(renewed(name, holder, leaseTime())).isTrue();
        assertThat(grantedWhenFree(name, newHolder())).isGreaterThan(first);
    }

    @Test
    @DisplayName("B3: a renewal never creates a lock")
    default void doesNotCreateALockByRenewal() {
        String name = newName();
        Holder holder = newHolder();
        assertThat(renewed(name, holder, longLeaseTime())).isFalse();
        granted(name, holder);
        released(name, holder);
        assertThat(renewed(name, holder, longLeaseTime())).isFalse();
        granted(name, newHolder());
    }

    @Test
    @DisplayName("B3: a renewal never extends another holder's lease")
    default void doesNotExtendAnotherHoldersLease() {
        String name = newName();
        Holder expired = newHolder();
        grantedShortly(name, expired);
        Holder successor = newHolder();
        long token = grantedWhenFree(name, successor);
        assertThat(renewed(name, expired, longLeaseTime().multipliedBy(2))).isFalse();
        assertBusyFor(name, Duration.ZERO, longLeaseTime());
        assertThat(granted(name, successor)).isEqualTo(token);
    }

    @Test
    @DisplayName("B3: many renewals at a time each get the result of their own")
    default void renewsManyAtATime() {
        List<Renewal> renewals = new ArrayList<>();
        List<RenewalResult> expected = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            String name = newName();
            Holder holder = newHolder();
            if (i % 3 != 0) {
                time().await(backend().tryAcquire(new AcquireCommand(name, holder, longLeaseTime(), 0, 1)));
            }
            renewals.add(new Renewal(name, holder, longLeaseTime()));
            expected.add(
                    i % 3 != 0 ? new RenewalResult.Renewed(holder, longLeaseTime()) : new RenewalResult.Lost(holder));
        }
        assertThat(time().await(backend().renew(renewals).collectList())).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    @DisplayName("C1: only its holder frees a lock")
    default void isFreedByItsHolderOnly() {
        String name = newName();
        Holder holder = newHolder();
        granted(name, holder);
        assertThat(released(name, newHolder())).isFalse();
        busy(name, newHolder());
        assertThat(released(name, holder)).isTrue();
        granted(name, newHolder());
    }

    @Test
    @DisplayName("C2: a release after the lease ended says so, and leaves the successor alone")
    default void saysWhenTheLeaseHadEnded() {
        String name = newName();
        Holder expired = newHolder();
        grantedShortly(name, expired);
        Holder successor = newHolder();
        long token = grantedWhenFree(name, successor);
        assertThat(released(name, expired)).isFalse();
        assertThat(granted(name, successor)).isEqualTo(token);
        assertThat(released(newName(), expired)).isFalse();
    }

    @Test
    @DisplayName("C3: a release can be repeated, answers the same, and leaves the successor alone")
    default void canBeReleasedAgain() {
        String name = newName();
        Holder holder = newHolder();
        granted(name, holder);
        Mono<Boolean> release = backend().release(name, holder);
        assertThat(time().await(release)).isTrue();
        assertThat(time().await(release)).isTrue();
        Holder successor = newHolder();
        long token = granted(name, successor);
        time().await(release);
        busy(name, newHolder());
        assertThat(granted(name, successor)).isEqualTo(token);
    }

    @Test
    @DisplayName(
            "C2: a lease that ended and that nobody took is over for whoever asks, or still held; either answer is final")
    default void answersWhoseLeaseEndedUnnoticed() {
        String name = newName();
        Holder expired = newHolder();
        long token = grantedShortly(name, expired);
        time().await(Mono.delay(leaseTime().multipliedBy(2), time().scheduler()));
        // a server may free a lease when it is over, or when somebody asks for the lock
        if (renewed(name, expired, longLeaseTime())) {
            assertThat(granted(name, expired)).isEqualTo(token);
            busy(name, newHolder());
            assertThat(released(name, expired)).isTrue();
        } else {
            assertThat(released(name, expired)).isFalse();
        }
        assertThat(granted(name, newHolder())).isGreaterThan(token);
    }

    @Test
    @DisplayName("A10: the shortest and the longest lease time are kept for as long as the answer says")
    default void keepsBothEndsOfTheLeaseTimes() {
        LeaseTimes times = backend().leaseTimes();
        String name = newName();
        Granted shortest = granted(name, newHolder(), times.shortest());
        assertThat(shortest.leaseTime()).isPositive();
        long next = grantedWhenFree(name, newHolder());
        assertThat(next).isGreaterThan(shortest.token());

        String longName = newName();
        Holder holder = newHolder();
        Granted longest = granted(longName, holder, times.longest());
        assertThat(longest.leaseTime()).isPositive();
        assertBusyFor(longName, Duration.ofNanos(1), times.longest().plusSeconds(1));
        assertThat(renewed(longName, holder, times.longest())).isTrue();
        assertThat(released(longName, holder)).isTrue();
    }

    @Test
    @DisplayName(
            "D1: several backends on one server exclude each other, and their tokens rise in the order of the grants")
    default void sharesTheServerWithOthers() {
        String name = newName();
        LockBackend[] backends = {backend(), another(), another()};
        try {
            long last = 0;
            for (int i = 0; i < 9; i++) {
                LockBackend mine = backends[i % 3];
                LockBackend others = backends[(i + 1) % 3];
                Holder holder = newHolder();
                long token = token(time().await(mine.tryAcquire(command(name, holder))));
                assertThat(token).isGreaterThan(last);
                last = token;
                assertThat(time().await(others.tryAcquire(command(name, newHolder()))))
                        .isInstanceOf(Busy.class);
                assertThat(time().await(others.release(name, newHolder()))).isFalse();
                assertThat(time().await(mine.release(name, holder))).isTrue();
            }
        } finally {
            time().await(Mono.whenDelayError(backends[1].close(), backends[2].close())
                    .thenReturn(true));
        }
        // the first one has lost nothing with the others
        assertThat(granted(name, newHolder())).isPositive();
    }

    @Test
    @DisplayName("It can be connected before use, again and again, and asked whether it is reachable")
    default void connectsAndAnswersAPing() {
        time().await(backend().connect().then(backend().connect()).thenReturn(true));
        time().await(backend().ping().then(backend().ping()).thenReturn(true));
    }

    private AcquireCommand command(String name, Holder holder) {
        return new AcquireCommand(name, holder, longLeaseTime(), 0, 1);
    }

    private long granted(String name, Holder holder) {
        return token(time().await(backend().tryAcquire(command(name, holder))));
    }

    private long grantedShortly(String name, Holder holder) {
        return token(time().await(backend().tryAcquire(new AcquireCommand(name, holder, leaseTime(), 0, 1))));
    }

    private Granted granted(String name, Holder holder, Duration leaseTime) {
        AttemptResult result = time().await(backend().tryAcquire(new AcquireCommand(name, holder, leaseTime, 0, 1)));
        assertThat(result).isInstanceOf(Granted.class);
        return (Granted) result;
    }

    private long grantedAndReleased(String name, long above) {
        Holder holder = newHolder();
        long token =
                token(time().await(backend().tryAcquire(new AcquireCommand(name, holder, longLeaseTime(), above, 1))));
        assertThat(released(name, holder)).isTrue();
        return token;
    }

    /** Tries until the other holder's lease has ended. */
    private long grantedWhenFree(String name, Holder holder) {
        return token(time().await(backend()
                .tryAcquire(command(name, holder))
                .filter(Granted.class::isInstance)
                .repeatWhenEmpty(tries -> tries.delayElements(Duration.ofMillis(5), time().scheduler()))));
    }

    private Busy busy(String name, Holder holder) {
        AttemptResult result = time().await(backend().tryAcquire(command(name, holder)));
        assertThat(result).isInstanceOf(Busy.class);
        return (Busy) result;
    }

    /** Looks at the time that the answer tells, where the backend can tell one. */
    private void assertBusyFor(String name, Duration atLeast, Duration atMost) {
        Duration remaining = busy(name, newHolder()).remaining();
        if (remaining != null) {
            assertThat(remaining).isBetween(atLeast, atMost);
        }
    }

    private boolean renewed(String name, Holder holder, Duration leaseTime) {
        RenewalResult result = time().await(backend()
                .renew(List.of(new Renewal(name, holder, leaseTime)))
                .single());
        assertThat(result.holder()).isEqualTo(holder);
        return result instanceof RenewalResult.Renewed;
    }

    private boolean released(String name, Holder holder) {
        return time().await(backend().release(name, holder));
    }

    private static long token(AttemptResult result) {
        assertThat(result).isInstanceOf(Granted.class);
        return ((Granted) result).token();
    }
}
