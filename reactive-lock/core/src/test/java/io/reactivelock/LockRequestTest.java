package io.reactivelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input is refused at call time, with the rule in the message. */
class LockRequestTest {
    private static final LockRequest REQUEST = LockRequest.of("order:42");

    static Stream<Named<Setter>> setters() {
        return Stream.of(
                Named.of("lease time", LockRequest::leaseTime),
                Named.of("wait time", LockRequest::waitTime),
                Named.of("max hold", LockRequest::maxHold),
                Named.of("shortest hold", LockRequest::holdAtLeast),
                Named.of("renewal interval", LockRequest::renewalInterval),
                Named.of("drift margin", LockRequest::driftMargin));
    }

    interface Setter extends BiFunction<LockRequest, Duration, LockRequest> {}

    @ParameterizedTest
    @MethodSource("setters")
    @NullUnmarked
    void durationsAreNotNull(Setter setter) {
        assertThatNullPointerException().isThrownBy(() -> setter.apply(REQUEST, null));
    }

    @ParameterizedTest // A10
    @MethodSource("setters")
    void durationsAreInRange(Setter setter) {
        for (Duration bad : new Duration[] {
            Duration.ZERO, Duration.ofNanos(-1), Duration.ofDays(366), Duration.ofSeconds(Long.MAX_VALUE)
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> setter.apply(REQUEST, bad))
                    .withMessageContaining(" is from ");
        }
    }

    @Test // A10
    void theLeaseTimeHasAMinimum() {
        assertThat(REQUEST.leaseTime(Duration.ofMillis(10)).leaseTime()).hasMillis(10);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> REQUEST.leaseTime(Duration.ofNanos(9_999_999)))
                .withMessage("lease time is from 10ms to PT8760H, not 9.999999ms");
    }

    @Test
    void theMarginIsLessThanTheLeaseTime() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> REQUEST.leaseTime(Duration.ofSeconds(2)).driftMargin(Duration.ofSeconds(2)))
                .withMessage("the drift margin is less than the lease time, not 2s of 2s");
    }

    @Test
    void theRenewalIntervalIsLessThanTheValidity() {
        LockRequest short_ = REQUEST.leaseTime(Duration.ofSeconds(2)).driftMargin(Duration.ofMillis(500));
        assertThat(short_.renewalInterval(Duration.ofMillis(1499)).renewalInterval())
                .contains(Duration.ofMillis(1499));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> short_.renewalInterval(Duration.ofMillis(1500)))
                .withMessageContaining("the renewal interval is less than the lease time less the drift margin (1.5s)");
    }

    @Test
    void theRenewalIntervalKeepsTheNumberOfRenewalsInBounds() {
        assertThat(REQUEST.renewalInterval(Duration.ofMillis(30)).renewalInterval())
                .contains(Duration.ofMillis(30));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> REQUEST.renewalInterval(Duration.ofMillis(29)))
                .withMessage(
                        "the renewal interval is at least 10 ms and a thousandth of the lease time (30ms), not 29ms");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> REQUEST.leaseTime(Duration.ofSeconds(1)).renewalInterval(Duration.ofNanos(1)))
                .withMessageContaining("10ms");
        assertThat(REQUEST.leaseTime(Duration.ofMillis(12)).renewalInterval())
                .as("the default goes with the lease time")
                .contains(Duration.ofMillis(4));
    }

    @Test
    @NullUnmarked
    void aNameIsNotNull() {
        assertThatNullPointerException().isThrownBy(() -> LockRequest.of(null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\nb", "a\u0000", "\u007f", "\u0085", "unpaired \ud800", "\udc00 unpaired"})
    void aNameIsPrintable(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockRequest.of(name))
                .withMessageContaining("a lock name ");
    }

    @Test
    void aNameHasUpTo512BytesOfUtf8() {
        assertThat(LockRequest.of("x".repeat(512)).name()).hasSize(512);
        assertThat(LockRequest.of("\ud83d\udd12".repeat(128)).name()).hasSize(256);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockRequest.of("é".repeat(257)))
                .withMessage("a lock name has 1 to 512 bytes of UTF-8, not 514");
    }

    @Test // C10
    void theShortestHoldIsAtMostTheLeaseTime() {
        assertThat(REQUEST.holdAtLeast()).isEmpty();
        assertThat(REQUEST.holdAtLeast(Duration.ofSeconds(30)).holdAtLeast()).contains(Duration.ofSeconds(30));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> REQUEST.holdAtLeast(Duration.ofSeconds(31)))
                .withMessage(
                        "the shortest hold is at most the lease time (30s), not 31s; set a longer lease time first");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> REQUEST.holdAtLeast(Duration.ofSeconds(30)).leaseTime(Duration.ofSeconds(10)));
    }

    @Test
    void theGroupIsOneOfFew() {
        assertThat(REQUEST.group()).isEqualTo("order");
        assertThat(LockRequest.of("nightly").group()).isEqualTo("other");
        assertThat(LockRequest.of(":42").group()).isEqualTo("other");
        assertThat(LockRequest.of("x".repeat(300) + ":42").group()).hasSize(100);
        assertThat(REQUEST.group("orders of today").name("item:1").group()).isEqualTo("orders of today");
        for (String bad : new String[] {"", "x".repeat(101), "a\nb"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> REQUEST.group(bad))
                    .withMessageStartingWith("a group is 1 to 100 characters, no control characters, not '");
        }
    }

    @Test
    void theNumberToExceedIsNotNegative() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> REQUEST.tokenAbove(-1))
                .withMessage("the number to exceed is 0 or more, not -1");
    }

    @Test
    void theDefaultsFollowTheLeaseTime() {
        LockRequest request = REQUEST.leaseTime(Duration.ofSeconds(10));
        assertThat(request.renewalInterval()).contains(Duration.ofSeconds(10).dividedBy(3));
        assertThat(request.driftMargin()).hasMillis(205);
        assertThat(request.withoutRenewal().renewalInterval()).isEmpty();
        assertThat(request.maxHold()).isEmpty();
    }

    @Test
    void aRequestIsAValue() {
        assertThat(REQUEST.leaseTime(Duration.ofSeconds(3)))
                .isEqualTo(LockRequest.of("order:42").leaseTime(Duration.ofSeconds(3)))
                .hasSameHashCodeAs(LockRequest.of("order:42").leaseTime(Duration.ofSeconds(3)))
                .isNotEqualTo(REQUEST);
        assertThat(REQUEST).hasToString("LockRequest[order:42, lease 30s, wait 10s]");
    }

    @Test
    void theSameTermsServeAnotherName() {
        LockRequest order = LockRequest.of("order:42")
                .leaseTime(Duration.ofSeconds(7))
                .waitTime(Duration.ofSeconds(3))
                .maxHold(Duration.ofMinutes(2))
                .holdAtLeast(Duration.ofSeconds(2))
                .group("orders")
                .renewalInterval(Duration.ofSeconds(1))
                .driftMargin(Duration.ofMillis(50))
                .tokenAbove(9);

        LockRequest other = order.name("order:43");

        assertThat(other.name()).isEqualTo("order:43");
        assertThat(other.name("order:42")).isEqualTo(order);
        assertThat(other.renewalInterval()).contains(Duration.ofSeconds(1));
        assertThat(LockRequest.of("a").withoutRenewal().name("b").renewalInterval())
                .isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> order.name(""));
    }
}
