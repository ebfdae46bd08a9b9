package io.reactivelock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ValuesTest {
    @Test
    void aHolderIsWrittenAndRead() {
        Holder holder = new Holder(0x0123456789abcdefL, -1);
        assertThat(holder).hasToString("0123456789abcdefffffffffffffffff");
        assertThat(Holder.parse(holder.toString())).isEqualTo(holder);
        assertThatIllegalArgumentException().isThrownBy(() -> Holder.parse("0123"));
        assertThatIllegalArgumentException().isThrownBy(() -> Holder.parse("x".repeat(32)));
    }

    @Test
    void aTokenIsPositive() {
        Holder holder = new Holder(1, 2);
        assertThat(new FencingToken(Long.MAX_VALUE, holder))
                .hasToString("9223372036854775807@00000000000000010000000000000002");
        assertThatIllegalArgumentException().isThrownBy(() -> new FencingToken(0, holder));
    }

    @Test
    void messagesCarryTheNumbers() {
        assertThat(new LockTimeoutException("order:42", Duration.ofSeconds(2), Duration.ofMillis(9_100)))
                .hasMessage("lock 'order:42' not acquired within 2s (held by another holder for at most 9.1s more)");
        assertThat(new LeaseLostException(new LeaseLoss(
                        "order:42",
                        new FencingToken(7, new Holder(1, 2)),
                        LeaseLoss.Reason.EXPIRED,
                        Duration.ofMillis(3),
                        null)))
                .hasMessage("lease of lock 'order:42' lost (EXPIRED), noticed 3ms after its validity ended");
    }
}
