package io.reactivelock;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to lock and on which terms. Immutable; every setter returns a changed copy, and refuses a combination that cannot work with
 * the rule in the message. A request may be used any number of times; each subscription is an attempt of its own.
 *
 * <pre>{@code
 * LockRequest request = LockRequest.of("order:42")
 *         .leaseTime(Duration.ofSeconds(10))
 *         .waitTime(Duration.ofSeconds(2))
 *         .maxHold(Duration.ofMinutes(5));
 * }</pre>
 */
public final class LockRequest {
    private static final Duration MIN_LEASE_TIME = Duration.ofMillis(10);
    private static final Duration MIN = Duration.ofNanos(1);
    private static final long MIN_DEFAULT_MARGIN_NANOS = 5_000_000;
    private static final Duration DEFAULT_LEASE_TIME = Duration.ofSeconds(30);
    private static final Duration DEFAULT_WAIT_TIME = Duration.ofSeconds(10);

    private final String name;
    private final Duration leaseTime;
    private final Duration waitTime;
    private final @Nullable Duration maxHold;
    private final boolean renewing;
    private final @Nullable Duration renewalInterval;
    private final @Nullable Duration driftMargin;
    private final long tokenAbove;

    private LockRequest(
            String name,
            Duration leaseTime,
            Duration waitTime,
            @Nullable Duration maxHold,
            boolean renewing,
            @Nullable Duration renewalInterval,
            @Nullable Duration driftMargin,
            long tokenAbove) {
        this.name = name;
        this.leaseTime = leaseTime;
        this.waitTime = waitTime;
        this.maxHold = maxHold;
        this.renewing = renewing;
        this.renewalInterval = renewalInterval;
        this.driftMargin = driftMargin;
        this.tokenAbove = tokenAbove;
        if (validityNanos() <= 0) {
            throw new IllegalArgumentException("the drift margin is less than the lease time, not "
                    + Durations.text(driftMargin()) + " of " + Durations.text(leaseTime));
        }
        if (renewalIntervalNanos() >= validityNanos()) {
            throw new IllegalArgumentException(
                    "the renewal interval is less than the lease time less the drift margin ("
                            + Durations.text(Duration.ofNanos(validityNanos())) + "), not "
                            + Durations.text(Duration.ofNanos(renewalIntervalNanos()))
                            + "; set a longer lease time first");
        }
    }

    /**
     * A request with the defaults: lease time 30 s, wait time 10 s, renewed every third of the lease time, no limit of the hold.
     *
     * @param name the lock name: 1 to 512 bytes of UTF-8, no control characters
     * @return the request
     * @throws IllegalArgumentException if the name is none
     */
    public static LockRequest of(String name) {
        return new LockRequest(
                LockName.require(name), DEFAULT_LEASE_TIME, DEFAULT_WAIT_TIME, null, true, null, null, 0);
    }

    /**
     * How long the backend keeps a grant that is not renewed: how long others wait after this process died. Default 30 s, minimum
     * 10 ms. Too short, and a pause of the network or of the garbage collector loses the lease.
     *
     * @param value 10 ms to 365 days; a backend rounds it up to its own unit
     * @return a changed copy
     */
    public LockRequest leaseTime(Duration value) {
        Durations.require("lease time", value, MIN_LEASE_TIME);
        return new LockRequest(name, value, waitTime, maxHold, renewing, renewalInterval, driftMargin, tokenAbove);
    }

    /**
     * How long {@link LockClient#acquire} keeps trying, from its subscription, and how long any one call of this request (a single
     * attempt, a release) waits for the backend's answer. Default 10 s. Too short, and a slow backend looks like a broken one.
     *
     * @param value more than 0, up to 365 days
     * @return a changed copy
     */
    public LockRequest waitTime(Duration value) {
        Durations.require("wait time", value, MIN);
        return new LockRequest(name, leaseTime, value, maxHold, renewing, renewalInterval, driftMargin, tokenAbove);
    }

    /**
     * How long the lock may be held at most, renewals included, so that work that hangs does not keep it for ever; then the lease
     * is lost with {@link LeaseLoss.Reason#MAX_HOLD} and given back. No limit by default.
     *
     * @param value more than 0, up to 365 days
     * @return a changed copy
     */
    public LockRequest maxHold(Duration value) {
        Durations.require("max hold", value, MIN);
        return new LockRequest(name, leaseTime, waitTime, value, renewing, renewalInterval, driftMargin, tokenAbove);
    }

    /**
     * How often the lease is renewed. Default a third of the lease time, which leaves room for two failed renewals. The client may
     * renew up to a sixteenth of the interval early, so that leases that are due together leave together.
     *
     * @param value less than the lease time less the drift margin
     * @return a changed copy, with renewal on
     */
    public LockRequest renewalInterval(Duration value) {
        Durations.require("renewal interval", value, MIN);
        return new LockRequest(name, leaseTime, waitTime, maxHold, true, value, driftMargin, tokenAbove);
    }

    /**
     * A lease that is not renewed: it is lost when its lease time is over.
     *
     * @return a changed copy
     */
    public LockRequest withoutRenewal() {
        return new LockRequest(name, leaseTime, waitTime, maxHold, false, null, driftMargin, tokenAbove);
    }

    /**
     * How much earlier than the backend this side takes a lease for ended. It covers the difference in rate between the two clocks
     * (by default they may differ by 2 %), and a wall clock that ran ahead by more than this is taken for a suspended machine.
     * Default 2 % of the lease time and 5 ms.
     *
     * @param value more than 0 and less than the lease time
     * @return a changed copy
     */
    public LockRequest driftMargin(Duration value) {
        Durations.require("drift margin", value, MIN);
        return new LockRequest(name, leaseTime, waitTime, maxHold, renewing, renewalInterval, value, tokenAbove);
    }

    /**
     * Asks for a fencing token above a number: what a guard had already seen when it refused an earlier token. Default 0.
     *
     * @param value 0 or more
     * @return a changed copy
     */
    public LockRequest tokenAbove(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("the number to exceed is 0 or more, not " + value);
        }
        return new LockRequest(name, leaseTime, waitTime, maxHold, renewing, renewalInterval, driftMargin, value);
    }

    /** Returns the lock name. */
    public String name() {
        return name;
    }

    /** Returns the lease time. */
    public Duration leaseTime() {
        return leaseTime;
    }

    /** Returns the wait time. */
    public Duration waitTime() {
        return waitTime;
    }

    /** Returns the longest hold, or empty where there is no limit. */
    public Optional<Duration> maxHold() {
        return Optional.ofNullable(maxHold);
    }

    /** Returns the renewal interval, or empty where the lease is not renewed. */
    public Optional<Duration> renewalInterval() {
        if (!renewing) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(renewalIntervalNanos()));
    }

    boolean isRenewed() {
        return renewing;
    }

    /** Zero where the lease is not renewed. Long arithmetic, here and below, for division of durations is slow. */
    long renewalIntervalNanos() {
        if (!renewing) {
            return 0;
        }
        return renewalInterval != null ? renewalInterval.toNanos() : leaseTime.toNanos() / 3;
    }

    /** Returns the drift margin. */
    public Duration driftMargin() {
        return driftMargin != null ? driftMargin : Duration.ofNanos(driftMarginNanos());
    }

    long driftMarginNanos() {
        return driftMargin != null ? driftMargin.toNanos() : leaseTime.toNanos() / 50 + MIN_DEFAULT_MARGIN_NANOS;
    }

    /** How long a grant or a renewal is valid from before it was sent. */
    long validityNanos() {
        return leaseTime.toNanos() - driftMarginNanos();
    }

    long maxHoldNanos() {
        return (maxHold != null ? maxHold : Durations.MAX).toNanos();
    }

    /** Returns the number that the token is to exceed. */
    public long tokenAbove() {
        return tokenAbove;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LockRequest that
                && name.equals(that.name)
                && leaseTime.equals(that.leaseTime)
                && waitTime.equals(that.waitTime)
                && maxHold().equals(that.maxHold())
                && renewalInterval().equals(that.renewalInterval())
                && driftMargin().equals(that.driftMargin())
                && tokenAbove == that.tokenAbove;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, leaseTime, waitTime, maxHold, renewalInterval(), driftMargin(), tokenAbove);
    }

    @Override
    public String toString() {
        return "LockRequest[" + name + ", lease " + Durations.text(leaseTime) + ", wait " + Durations.text(waitTime)
                + ']';
    }
}
