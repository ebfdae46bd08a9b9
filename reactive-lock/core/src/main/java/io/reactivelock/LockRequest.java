package io.reactivelock;

import io.reactivelock.internal.Durations;
import io.reactivelock.internal.LockName;
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
@CheckReturnValue
public final class LockRequest {
    private static final Duration MIN_LEASE_TIME = Duration.ofMillis(10);
    private static final Duration MIN = Duration.ofNanos(1);
    private static final Duration MIN_INTERVAL = Duration.ofMillis(10);
    private static final int MAX_RENEWALS_PER_LEASE_TIME = 1_000;
    private static final long MIN_DEFAULT_MARGIN_NANOS = 5_000_000;
    private static final int MAX_GROUP = 100;
    private static final String NO_GROUP = "other";
    private static final LockRequest DEFAULTS = new LockRequest(new Draft());

    private final String name;
    private final @Nullable String chosenGroup;
    private final Duration leaseTime;
    private final Duration waitTime;
    private final @Nullable Duration maxHold;
    private final @Nullable Duration holdAtLeast;
    private final boolean renewing;
    private final @Nullable Duration chosenInterval;
    private final @Nullable Duration chosenMargin;
    private final long tokenAbove;

    /** As chosen, or the default that follows from the lease time. */
    private final Optional<Duration> renewalInterval;

    private final Duration driftMargin;

    /** What a setter changes before all rules are looked at. */
    private static final class Draft {
        private String name = "defaults";
        private @Nullable String group;
        private Duration leaseTime = Duration.ofSeconds(30);
        private Duration waitTime = Duration.ofSeconds(10);
        private @Nullable Duration maxHold;
        private @Nullable Duration holdAtLeast;
        private boolean renewing = true;
        private @Nullable Duration renewalInterval;
        private @Nullable Duration driftMargin;
        private long tokenAbove;

        Draft() {}

        Draft(LockRequest from) {
            name = from.name;
            group = from.chosenGroup;
            leaseTime = from.leaseTime;
            waitTime = from.waitTime;
            maxHold = from.maxHold;
            holdAtLeast = from.holdAtLeast;
            renewing = from.renewing;
            renewalInterval = from.chosenInterval;
            driftMargin = from.chosenMargin;
            tokenAbove = from.tokenAbove;
        }
    }

    private LockRequest(Draft draft) {
        name = draft.name;
        chosenGroup = draft.group;
        leaseTime = draft.leaseTime;
        waitTime = draft.waitTime;
        maxHold = draft.maxHold;
        holdAtLeast = draft.holdAtLeast;
        renewing = draft.renewing;
        chosenInterval = draft.renewalInterval;
        chosenMargin = draft.driftMargin;
        tokenAbove = draft.tokenAbove;
        driftMargin = chosenMargin != null
                ? chosenMargin
                : Duration.ofNanos(leaseTime.toNanos() / 50 + MIN_DEFAULT_MARGIN_NANOS);
        Duration interval = chosenInterval != null ? chosenInterval : Duration.ofNanos(leaseTime.toNanos() / 3);
        renewalInterval = renewing ? Optional.of(interval) : Optional.empty();
        Duration validity = leaseTime.minus(driftMargin);
        if (validity.isNegative() || validity.isZero()) {
            throw new IllegalArgumentException("the drift margin is less than the lease time, not "
                    + Durations.text(driftMargin) + " of " + Durations.text(leaseTime));
        }
        if (chosenInterval != null) {
            Duration shortest = longer(MIN_INTERVAL, leaseTime.dividedBy(MAX_RENEWALS_PER_LEASE_TIME));
            if (chosenInterval.compareTo(shortest) < 0) {
                throw new IllegalArgumentException(
                        "the renewal interval is at least 10 ms and a thousandth of the lease time ("
                                + Durations.text(shortest) + "), not " + Durations.text(chosenInterval));
            }
        }
        if (renewing && interval.compareTo(validity) >= 0) {
            throw new IllegalArgumentException(
                    "the renewal interval is less than the lease time less the drift margin ("
                            + Durations.text(validity) + "), not " + Durations.text(interval)
                            + "; set a longer lease time first");
        }
        if (holdAtLeast != null && holdAtLeast.compareTo(leaseTime) > 0) {
            throw new IllegalArgumentException(
                    "the shortest hold is at most the lease time (" + Durations.text(leaseTime) + "), not "
                            + Durations.text(holdAtLeast) + "; set a longer lease time first");
        }
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? b : a;
    }

    /** The terms of another request, checked already. */
    private LockRequest(String name, LockRequest terms) {
        this.name = name;
        chosenGroup = terms.chosenGroup;
        leaseTime = terms.leaseTime;
        waitTime = terms.waitTime;
        maxHold = terms.maxHold;
        holdAtLeast = terms.holdAtLeast;
        renewing = terms.renewing;
        chosenInterval = terms.chosenInterval;
        chosenMargin = terms.chosenMargin;
        tokenAbove = terms.tokenAbove;
        renewalInterval = terms.renewalInterval;
        driftMargin = terms.driftMargin;
    }

    /**
     * A request with the defaults: lease time 30 s, wait time 10 s, renewed every third of the lease time, no limit of the hold.
     *
     * @param name the lock name: 1 to 512 bytes of UTF-8, no control characters
     * @return the request
     * @throws IllegalArgumentException if the name is none
     */
    public static LockRequest of(String name) {
        return new LockRequest(LockName.require(name), DEFAULTS);
    }

    /**
     * The same terms for another lock: a request that was configured once serves any number of names.
     *
     * @param value the lock name: 1 to 512 bytes of UTF-8, no control characters
     * @return a changed copy
     * @throws IllegalArgumentException if the name is none
     */
    public LockRequest name(String value) {
        return new LockRequest(LockName.require(value), this);
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
        Draft draft = new Draft(this);
        draft.leaseTime = value;
        return new LockRequest(draft);
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
        Draft draft = new Draft(this);
        draft.waitTime = value;
        return new LockRequest(draft);
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
        Draft draft = new Draft(this);
        draft.maxHold = value;
        return new LockRequest(draft);
    }

    /**
     * How long the lock stays taken at least, from its grant on, though it is released sooner: for a job that every instance starts at
     * about the same time and one is to run. A lease that ends before that, by its release, by a loss or with the client, is not given
     * back: it ends on the server when this time is over, by itself, and is handed off to nobody. No such time by default.
     *
     * @param value more than 0, up to the lease time, so that it also holds where the process dies
     * @return a changed copy
     */
    public LockRequest holdAtLeast(Duration value) {
        Durations.require("shortest hold", value, MIN);
        Draft draft = new Draft(this);
        draft.holdAtLeast = value;
        return new LockRequest(draft);
    }

    /**
     * Under which group observers count this lock, where a name is one of very many. Default what the name has before its first {@code :},
     * and {@code other} where it has none.
     *
     * @param value 1 to 100 characters, no control characters; one of few
     * @return a changed copy
     */
    public LockRequest group(String value) {
        Objects.requireNonNull(value, "group");
        if (value.isEmpty() || value.length() > MAX_GROUP || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "a group is 1 to " + MAX_GROUP + " characters, no control characters, not '" + value + "'");
        }
        Draft draft = new Draft(this);
        draft.group = value;
        return new LockRequest(draft);
    }

    /**
     * How often the lease is renewed. Default a third of the lease time, which leaves room for two failed renewals. The client may
     * renew up to a sixteenth of the interval early, so that leases that are due together leave together.
     *
     * @param value at least 10 ms and a thousandth of the lease time; less than the lease time less the drift margin
     * @return a changed copy, with renewal on
     */
    public LockRequest renewalInterval(Duration value) {
        Durations.require("renewal interval", value, MIN_INTERVAL);
        Draft draft = new Draft(this);
        draft.renewing = true;
        draft.renewalInterval = value;
        return new LockRequest(draft);
    }

    /**
     * A lease that is not renewed: it is lost when its lease time is over.
     *
     * @return a changed copy
     */
    public LockRequest withoutRenewal() {
        Draft draft = new Draft(this);
        draft.renewing = false;
        draft.renewalInterval = null;
        return new LockRequest(draft);
    }

    /**
     * Safety margin by which the client treats a lease as expired before the backend does. It covers the difference in rate between the two clocks
     * (by default they may differ by 2 %), and a wall clock that ran ahead by more than this is taken for a suspended machine.
     * Default 2 % of the lease time and 5 ms.
     *
     * @param value more than 0 and less than the lease time
     * @return a changed copy
     */
    public LockRequest driftMargin(Duration value) {
        Durations.require("drift margin", value, MIN);
        Draft draft = new Draft(this);
        draft.driftMargin = value;
        return new LockRequest(draft);
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
        Draft draft = new Draft(this);
        draft.tokenAbove = value;
        return new LockRequest(draft);
    }

    /** {@return the lock name} */
    public String name() {
        return name;
    }

    /**
     * The group of a name for which nobody chose one: what it has before its first {@code :}, or {@code other}.
     *
     * @param name the name of a lock, or of what it protects
     * @return the group
     */
    public static String groupOf(String name) {
        int end = Math.min(name.indexOf(':'), MAX_GROUP);
        return end > 0 ? name.substring(0, end) : NO_GROUP;
    }

    /** {@return under which group observers count this lock} */
    public String group() {
        if (chosenGroup != null) {
            return chosenGroup;
        }
        return groupOf(name);
    }

    /** {@return the lease time} */
    public Duration leaseTime() {
        return leaseTime;
    }

    /** {@return the wait time} */
    public Duration waitTime() {
        return waitTime;
    }

    /** {@return the longest hold, or empty where there is no limit} */
    public Optional<Duration> maxHold() {
        return Optional.ofNullable(maxHold);
    }

    /** {@return how long the lock stays taken at least, or empty where it is free with its release} */
    public Optional<Duration> holdAtLeast() {
        return Optional.ofNullable(holdAtLeast);
    }

    /** {@return the renewal interval, or empty where the lease is not renewed} */
    public Optional<Duration> renewalInterval() {
        return renewalInterval;
    }

    /** {@return the drift margin} */
    public Duration driftMargin() {
        return driftMargin;
    }

    /** {@return the number that the token is to exceed} */
    public long tokenAbove() {
        return tokenAbove;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LockRequest that
                && name.equals(that.name)
                && group().equals(that.group())
                && leaseTime.equals(that.leaseTime)
                && waitTime.equals(that.waitTime)
                && maxHold().equals(that.maxHold())
                && holdAtLeast().equals(that.holdAtLeast())
                && renewalInterval.equals(that.renewalInterval)
                && driftMargin.equals(that.driftMargin)
                && tokenAbove == that.tokenAbove;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                name, group(), leaseTime, waitTime, maxHold, holdAtLeast, renewalInterval, driftMargin, tokenAbove);
    }

    @Override
    public String toString() {
        return "LockRequest[" + name + ", lease " + Durations.text(leaseTime) + ", wait " + Durations.text(waitTime)
                + ']';
    }
}
