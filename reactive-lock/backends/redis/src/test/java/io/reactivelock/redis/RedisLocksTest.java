package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.LEASE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static io.reactivelock.redis.RedisFixture.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.SetArgs;
import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult.Busy;
import io.reactivelock.spi.AttemptResult.Granted;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.testservers.RedisExtension;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

class RedisLocksTest {
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
    void grantsAFreeLockForTheLeaseTime() {
        Holder holder = holder();

        long token = token(fixture.tryAcquire("a", holder));

        assertThat(fixture.redis().get(fixture.lockKey("a"))).isEqualTo(holder + ":" + token);
        assertThat(fixture.redis().pttl(fixture.lockKey("a"))).isBetween(LEASE.toMillis() - 5_000, LEASE.toMillis());
    }

    @Test
    void saysForHowLongAnotherHolderHasIt() {
        fixture.tryAcquire("a", holder());

        Busy busy = (Busy) fixture.tryAcquire("a", holder());

        assertThat(busy.remaining()).isBetween(LEASE.minusSeconds(5), LEASE);
    }

    @Test
    @DisplayName("A10: a lease time below the server's unit is rounded up, not down to nothing")
    void roundsTheLeaseTimeUp() {
        AcquireCommand command = new AcquireCommand("a", holder(), Duration.ofNanos(1), 0, 1);

        assertThat(get(fixture.backend.tryAcquire(command))).isInstanceOf(Granted.class);
    }

    @Test
    @DisplayName("A2, D8: a repeated attempt of the holder starts the lease time anew and keeps the token")
    void repeatedAttemptKeepsTheToken() {
        Holder holder = holder();
        long token =
                token(get(fixture.backend.tryAcquire(new AcquireCommand("a", holder, Duration.ofSeconds(5), 0, 1))));
        String record = fixture.redis().get(fixture.tokenKey("a"));

        assertThat(token(fixture.tryAcquire("a", holder))).isEqualTo(token);
        assertThat(token(fixture.enqueue("a", holder))).isEqualTo(token);

        assertThat(fixture.redis().get(fixture.tokenKey("a"))).isEqualTo(record);
        assertThat(fixture.redis().pttl(fixture.lockKey("a"))).isGreaterThan(20_000);
    }

    @Test
    @DisplayName("C1, C2: only the holder frees the lock, and a holder that lost it is told")
    void releasesOnlyItsOwn() {
        Holder loser = holder();
        fixture.tryAcquire("a", loser);
        fixture.redis().del(fixture.lockKey("a"));
        Holder successor = holder();
        fixture.tryAcquire("a", successor);

        assertThat(fixture.release("a", loser)).isFalse();
        assertThat(fixture.redis().get(fixture.lockKey("a"))).startsWith(successor.toString());
        assertThat(fixture.release("a", successor)).isTrue();
        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();
        assertThat(fixture.release("b", holder())).isFalse();
    }

    @Test
    @DisplayName("C3: a repeated release answers as the first did, also when a successor has the lock")
    void releaseIsRepeatable() {
        Holder first = holder();
        fixture.tryAcquire("a", first);

        assertThat(fixture.release("a", first)).isTrue();
        assertThat(fixture.release("a", first)).isTrue();

        Holder successor = holder();
        fixture.tryAcquire("a", successor);
        assertThat(fixture.release("a", first)).isTrue();
        assertThat(fixture.redis().get(fixture.lockKey("a"))).startsWith(successor.toString());
    }

    @Test
    @DisplayName("C2: an earlier release does not hide that the same holder lost a later grant")
    void earlierReleaseDoesNotHideALoss() {
        Holder holder = holder();
        fixture.tryAcquire("a", holder);
        fixture.release("a", holder);
        fixture.tryAcquire("a", holder);
        fixture.redis().del(fixture.lockKey("a"));

        assertThat(fixture.release("a", holder)).isFalse();
    }

    @Test
    @DisplayName("D1: every grant has a higher token than the one before")
    void tokensRise() {
        long last = 0;
        for (int i = 0; i < 200; i++) {
            Holder holder = holder();
            long token = token(fixture.tryAcquire("a", holder));
            assertThat(token).isGreaterThan(last);
            last = token;
            fixture.release("a", holder);
        }
    }

    @Test
    @DisplayName("D2: the token stands in the lock itself, from the same step as the grant")
    void tokenIsOfTheGrant() {
        Holder holder = holder();
        long token = token(fixture.tryAcquire("a", holder));

        assertThat(fixture.redis().get(fixture.lockKey("a"))).isEqualTo(holder + ":" + token);
        assertThat(fixture.redis().get(fixture.tokenKey("a"))).isEqualTo(Long.toString(token));
    }

    @Test
    @DisplayName("D3, D5: tokens go on rising after all data was lost, at once and mid-hold")
    void tokensRiseAfterDataLoss() {
        Holder first = holder();
        long before = token(fixture.tryAcquire("a", first));

        fixture.redis().del(fixture.lockKey("a"), fixture.tokenKey("a"));
        long after = token(fixture.tryAcquire("a", holder()));

        assertThat(after).isGreaterThan(before);
        fixture.redis().del(fixture.tokenKey("a"));
        fixture.redis().del(fixture.lockKey("a"));
        assertThat(token(fixture.tryAcquire("a", holder()))).isGreaterThan(after);
    }

    @Test
    @DisplayName("D5: a release puts back a counter that was evicted while the lock was held")
    void releaseRestoresTheCounter() {
        Holder holder = holder();
        setToken("a", Long.MAX_VALUE - 10);
        long token = token(fixture.tryAcquire("a", holder));
        fixture.redis().del(fixture.tokenKey("a"));

        fixture.release("a", holder);

        assertThat(token(fixture.tryAcquire("a", holder()))).isEqualTo(token + 1);
    }

    @Test
    @DisplayName("D5: the counter expires 30 days after the last grant, and a release puts it back if it is gone")
    void counterExpires() {
        Holder holder = holder();
        fixture.tryAcquire("a", holder);
        fixture.redis().pexpire(fixture.tokenKey("a"), 60_000);
        fixture.release("a", holder);
        assertThat(fixture.redis().pttl(fixture.tokenKey("a"))).isBetween(1L, 60_000L);

        fixture.tryAcquire("a", holder());

        assertThat(fixture.redis().pttl(fixture.tokenKey("a")))
                .isBetween(
                        Duration.ofDays(30).minusMinutes(1).toMillis(),
                        Duration.ofDays(30).toMillis());
    }

    @Test
    @DisplayName("D4: a token is above the floor that it was asked for")
    void tokenIsAboveTheFloor() {
        long floor = 9_007_199_254_740_993L;
        AcquireCommand command = new AcquireCommand("a", holder(), LEASE, floor, 1);

        assertThat(token(get(fixture.backend.tryAcquire(command)))).isEqualTo(floor + 1);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                9_007_199_254_740_991L,
                9_007_199_254_740_992L,
                9_007_199_254_740_993L,
                9_999_999_999_999_999L,
                99_999_999_999_999_999L,
                1_000_000_000_000_000_009L,
                1_099_999_999_999_999_999L,
                Long.MAX_VALUE - 1
            })
    @DisplayName("D6: tokens are exact to 2^63-1")
    void tokensAreExact(long last) {
        setToken("a", last);

        assertThat(token(fixture.tryAcquire("a", holder()))).isEqualTo(last + 1);
    }

    @Test
    @DisplayName("D6: the last token is an error, not a small number, and leaves the lock free")
    void overflowIsAnError() {
        setToken("a", Long.MAX_VALUE);
        assertPermanent("a", "used up");
        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();

        StepVerifier.create(fixture.backend.tryAcquire(new AcquireCommand("b", holder(), LEASE, Long.MAX_VALUE, 1)))
                .verifyErrorSatisfies(e ->
                        assertThat(((LockBackendException) e).kind()).isEqualTo(LockBackendException.Kind.PERMANENT));
        assertThat(token(fixture.tryAcquire("b", holder()))).isLessThan(Long.MAX_VALUE);
    }

    @Test
    @DisplayName("A9: a value that is not ours is an error, and is not overwritten")
    void foreignLockValue() {
        fixture.redis().set(fixture.lockKey("a"), "mine", SetArgs.Builder.px(60_000));

        assertPermanent("a", "something else is stored");
        assertThat(fixture.redis().get(fixture.lockKey("a"))).isEqualTo("mine");
        assertThat(fixture.release("a", holder())).isFalse();
        assertThat(fixture.redis().get(fixture.lockKey("a"))).isEqualTo("mine");
    }

    @Test
    @DisplayName("A9: a key without expiry is an error, and is not overwritten")
    void lockKeyWithoutExpiry() {
        String value = holder() + ":1";
        fixture.redis().set(fixture.lockKey("a"), value);

        assertPermanent("a", "something else is stored");
        assertThat(fixture.redis().get(fixture.lockKey("a"))).isEqualTo(value);
    }

    @Test
    @DisplayName("A9: a lock key of another type is an error, and is not overwritten")
    void lockKeyOfAnotherType() {
        fixture.redis().lpush(fixture.lockKey("a"), "x");

        assertPermanent("a", "something else is stored");
        assertThat(fixture.release("a", holder())).isFalse();
        StepVerifier.create(fixture.backend.renew(List.of(renewal("a", holder()))))
                .expectNextMatches(RenewalResult.Lost.class::isInstance)
                .verifyComplete();
        assertThat(fixture.redis().type(fixture.lockKey("a"))).isEqualTo("list");
    }

    @Test
    @DisplayName("A9: a token key of another type or value is an error, and is not overwritten")
    void foreignTokenKey() {
        fixture.redis().lpush(fixture.tokenKey("a"), "x");
        assertPermanent("a", "something else is stored");
        assertThat(fixture.redis().type(fixture.tokenKey("a"))).isEqualTo("list");
        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();

        fixture.redis().set(fixture.tokenKey("b"), "seven");
        assertPermanent("b", "something else is stored");
        assertThat(fixture.redis().get(fixture.tokenKey("b"))).isEqualTo("seven");
    }

    @Test
    @DisplayName("A9: a release frees the lock and leaves a token key alone that someone put there since")
    void releaseLeavesAForeignTokenKey() {
        Holder first = holder();
        fixture.tryAcquire("a", first);
        fixture.redis().del(fixture.tokenKey("a"));
        fixture.redis().lpush(fixture.tokenKey("a"), "x");
        assertThat(fixture.release("a", first)).isTrue();
        assertThat(fixture.redis().type(fixture.tokenKey("a"))).isEqualTo("list");

        Holder second = holder();
        fixture.tryAcquire("b", second);
        fixture.redis().set(fixture.tokenKey("b"), "seven");
        assertThat(fixture.release("b", second)).isTrue();
        assertThat(fixture.redis().get(fixture.tokenKey("b"))).isEqualTo("seven");
    }

    @Test
    @DisplayName("B3: a renewal extends its own lease and nobody else's, and creates none")
    void renewsOnlyItsOwn() {
        Holder own = holder();
        get(fixture.backend.tryAcquire(new AcquireCommand("own", own, Duration.ofSeconds(5), 0, 1)));
        get(fixture.backend.tryAcquire(new AcquireCommand("others", holder(), Duration.ofSeconds(5), 0, 1)));
        Holder lost = holder();
        Holder late = holder();
        fixture.redis().lpush(fixture.lockKey("list"), "x");

        StepVerifier.create(fixture.backend.renew(List.of(
                        renewal("list", late), renewal("gone", lost), renewal("others", lost), renewal("own", own))))
                .expectNext(
                        new RenewalResult.Lost(late),
                        new RenewalResult.Lost(lost),
                        new RenewalResult.Lost(lost),
                        new RenewalResult.Renewed(own, LEASE))
                .verifyComplete();

        assertThat(fixture.redis().pttl(fixture.lockKey("own"))).isGreaterThan(20_000);
        assertThat(fixture.redis().pttl(fixture.lockKey("others"))).isLessThanOrEqualTo(5_000);
        assertThat(fixture.redis().exists(fixture.lockKey("gone"))).isZero();
    }

    @Test
    void renewsNothingWithoutACall() {
        StepVerifier.create(fixture.backend.renew(List.of())).verifyComplete();
    }

    @Test
    @DisplayName("A7: an emptied script cache repeats no effect")
    void survivesScriptFlush() {
        Holder holder = holder();
        fixture.tryAcquire("a", holder);
        fixture.redis().scriptFlush();
        assertThat(fixture.tryAcquire("a", holder())).isInstanceOf(Busy.class);
        fixture.redis().scriptFlush();
        StepVerifier.create(fixture.backend.renew(List.of(renewal("a", holder))))
                .expectNext(new RenewalResult.Renewed(holder, LEASE))
                .verifyComplete();
        fixture.redis().scriptFlush();
        assertThat(fixture.release("a", holder)).isTrue();
        setToken("a", 9_100_000_000_000_000_000L);
        fixture.redis().scriptFlush();
        assertThat(token(fixture.tryAcquire("a", holder()))).isEqualTo(9_100_000_000_000_000_001L);
    }

    @Test
    @DisplayName("G3: nothing is sent before subscription, and every subscription sends")
    void isLazy() {
        Holder holder = holder();
        var attempt = fixture.backend.tryAcquire(command("a", holder));
        assertThat(fixture.redis().exists(fixture.lockKey("a"))).isZero();

        long first = token(get(attempt));
        fixture.release("a", holder);

        assertThat(token(get(attempt))).isGreaterThan(first);
    }

    @Test
    @DisplayName(
            "D6: several tokens at a time are consecutive, no other grant gets them, and a repeat answers the same")
    void reservesTokens() {
        Holder holder = holder();
        setToken("a", 1_000_000_000_000_999_990L);
        AcquireCommand twenty = new AcquireCommand("a", holder, LEASE, 0, 20);

        assertThat(get(fixture.backend.tryAcquire(twenty)))
                .isEqualTo(new Granted(1_000_000_000_000_999_991L, 20, false, LEASE));
        assertThat(get(fixture.backend.enqueue(twenty, CHECK)))
                .isEqualTo(new Granted(1_000_000_000_000_999_991L, 20, false, LEASE));
        assertThat(get(fixture.backend.renew(List.of(renewal("a", holder))).collectList()))
                .containsExactly(new RenewalResult.Renewed(holder, LEASE));
        assertThat(fixture.release("a", holder)).isTrue();
        assertThat(fixture.release("a", holder)).isTrue();

        assertThat(token(fixture.tryAcquire("a", holder()))).isEqualTo(1_000_000_000_001_000_011L);
    }

    @Test
    @DisplayName("D6: tokens that are reserved do not go beyond the last one either")
    void reservesNothingBeyondTheLast() {
        setToken("a", Long.MAX_VALUE - 3);

        StepVerifier.create(fixture.backend.tryAcquire(new AcquireCommand("a", holder(), LEASE, 0, 4)))
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("used up"));
        assertThat(get(fixture.backend.tryAcquire(new AcquireCommand("a", holder(), LEASE, 0, 3))))
                .isEqualTo(new Granted(Long.MAX_VALUE - 2, 3, false, LEASE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc123", "12:34", "1 2", "0123", "9x", "+5", "5++", "ffffffffffffffffffffffffffffffff:x1"})
    @DisplayName("A9: what only looks like a token is an error, and is not overwritten")
    void almostATokenKey(String value) {
        fixture.redis().set(fixture.tokenKey("a"), value);

        assertPermanent("a", "something else is stored");
        assertThat(fixture.redis().get(fixture.tokenKey("a"))).isEqualTo(value);
    }

    @Test
    void promisesWhatRedisCan() {
        assertThat(fixture.backend.consistency()).isEqualTo(Consistency.FAILOVER_CAN_GRANT_TWICE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a{b", "a}b", "a b", "ä"})
    void refusesOtherKeyPrefixes(String prefix) {
        assertThatThrownBy(() -> fixture.backend.keyPrefix(prefix))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("key prefix");
    }

    private void setToken(String name, long value) {
        fixture.redis().set(fixture.tokenKey(name), Long.toString(value), SetArgs.Builder.px(600_000));
    }

    private void assertPermanent(String name, String message) {
        StepVerifier.create(fixture.backend.tryAcquire(command(name, holder()))).verifyErrorSatisfies(e -> {
            assertThat(e).isInstanceOf(LockBackendException.class).hasMessageContaining(message);
            assertThat(((LockBackendException) e).kind()).isEqualTo(LockBackendException.Kind.PERMANENT);
            assertThat(((LockBackendException) e).lockName()).isEqualTo(name);
        });
    }
}
