package io.reactivelock.internal;

import io.reactivelock.LockObserver.GrantPath;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an answer said of the server's clock: it showed this time when the request was sent, or later. So what the server dates later
 * happened, on the client's clock, as long after the request at the earliest. With it a hand-off that was read late, from the kernel's
 * buffer or after a pause, is not believed longer than the server keeps it. (F9)
 *
 * @param clock the client's clock
 * @param request whose drift margin holds
 * @param sent when the request was sent that was answered
 * @param serverTime the server's clock when it answered
 */
record ServerTimeSample(LeaseClock clock, LockRequest request, LeaseClock.Timestamp sent, Duration serverTime) {
    /** What rounding and a slow thread may cost, where the drift margin is more than that. */
    private static final long MIN_MARGIN_NANOS = 5_000_000;

    /**
     * When the grant became valid at the earliest, and so when it ends.
     *
     * @return null if that cannot be told, or too little of it is left to begin with; or if nobody would renew it, for a claim is
     *     shorter than the lease that was asked for
     */
    @Nullable
    ReceivedGrant date(WaitSignal.HandOff handOff) {
        long passed = handOff.serverTime().minus(serverTime).toNanos();
        long claim = handOff.grant().leaseTime().toNanos();
        long margin = request.driftMargin().toNanos();
        // by this share the two clocks may differ in rate
        double drift = (double) margin / request.leaseTime().toNanos();
        long now = clock.nanos();
        long earliest = sent.nanos() + passed - (long) (passed * drift);
        boolean dated = passed >= 0 && !clock.suspendedSince(sent, margin);
        if (!dated || now - earliest > claim / 2 || request.renewalInterval().isEmpty()) {
            return null;
        }
        long from = now + Math.min(0, earliest - now);
        long validUntil = from + claim - (long) (claim * drift) - Math.min(margin, MIN_MARGIN_NANOS);
        return new ReceivedGrant(
                handOff.grant(),
                handOff.holder(),
                new LeaseClock.Timestamp(from, sent.wallAhead()),
                validUntil,
                GrantPath.HAND_OFF,
                request.tokenAbove());
    }
}
