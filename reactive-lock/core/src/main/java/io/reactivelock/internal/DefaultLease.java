package io.reactivelock.internal;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * A lease from its grant to its end.
 *
 * <p>All that decides is in one field. Each transition is one compare-and-set, and whoever wins it does what belongs to it:
 *
 * <pre>
 * HELD --renewalAnswered-->  HELD      validity moves forward, never back (B4)
 * HELD --release---------->  RELEASED  hands the lock off inside the client, or sends the release
 * HELD --lose------------->  LOST      cancels the work, then gives the lock back (B7)
 * </pre>
 *
 * <p>RELEASED and LOST are final. A renewal moves validity in the same field from which an expired lease is marked lost, so what has
 * once been seen as invalid stays so (B2), and nothing is renewed after a release (B5, C6). {@link #current} is the one place that
 * finds that validity has ended: whoever looks, marks.
 */
final class DefaultLease extends TimerEntry implements Lease, RenewalBatcher.Renewable {
    private static final Logger LOG = Loggers.getLogger(DefaultLease.class);

    /** Where this lease came from, and where its lock goes. */
    interface Owner {
        /** Hands the lock off from a lease that was released; null if it has to go back to the backend. */
        @Nullable
        HandedOff handOff(DefaultLease from, Held held);

        /** The lease has ended, and what it had is going back, or is lost. */
        void onEnded(DefaultLease ended);

        /** The backend knows this grant no longer: from now on it is handed off to nobody. */
        void revoked(BackendGrant grant);

        /** The lease that now has the lock under the same grant. */
        @Nullable
        DefaultLease successor(DefaultLease of);
    }

    /** Who asked for it. */
    interface Asker {
        LockRequest asked();

        /** The holder of its token. */
        Holder holder();

        /** Where that was written; null where it is not recorded. */
        @Nullable
        AcquireSite site();
    }

    /**
     * @param next the lease that has the lock now; it is watched and renewed from here on, whenever it is delivered
     * @param delivery gives it to whoever waits for it
     */
    record HandedOff(DefaultLease next, Runnable delivery) {}

    sealed interface State {}

    /**
     * What the backend promised and what the request allows are two limits: the first goes on with the grant from lease to lease, and
     * each lease is cut by its own.
     *
     * @param grantedUntil how long the grant lasts, on the monotonic clock
     * @param validUntil how long this lease is valid: no longer than the grant, nor than it may be held
     * @param sent when the request was sent that this validity comes from
     */
    record Held(long grantedUntil, long validUntil, LeaseClock.Timestamp sent) implements State {}

    private record Released() implements State {}

    private record Lost(LeaseLoss loss) implements State {}

    private static final long MIN_RETRY_NANOS = 1_000_000;

    private static final Released RELEASED = new Released();
    private static final AtomicReferenceFieldUpdater<DefaultLease, State> STATE =
            AtomicReferenceFieldUpdater.newUpdater(DefaultLease.class, State.class, "state");

    private final EngineRuntime runtime;
    private final BackendGateway gateway;
    private final Owner owner;
    private final LockRequest request;
    private final FencingToken token;
    private final BackendGrant grant;
    private final long validityNanos;
    private final long marginNanos;
    /** Zero for a lease that is not renewed. */
    private final long intervalNanos;

    private final long heldSince;
    /** Meaningless where there is no limit. */
    private final long holdUntil;

    /** Until then the lock stays taken, released or not. (C10) */
    private final long keptUntil;

    private final boolean isHoldLimited;
    private final LossSignal lost = new LossSignal();
    /** Unsafe, as each signal follows a transition of the state that only one can win. */
    private final Sinks.One<Boolean> released = Sinks.unsafe().one();

    private volatile State state;
    private volatile @Nullable Throwable lastFailure;

    private volatile long nextDue;
    private final @Nullable AcquireSite site;
    /** What the user has of this lease; null while nobody has it. */
    private volatile @Nullable WeakReference<Lease> handle;
    /** Used by the timer thread alone. */
    private boolean dropped;

    private DefaultLease(
            EngineRuntime runtime,
            BackendGateway gateway,
            Owner owner,
            Asker asker,
            BackendGrant grant,
            LeaseClock.Timestamp sent,
            long grantedAt,
            long grantedUntil) {
        this.runtime = runtime;
        this.gateway = gateway;
        this.owner = owner;
        this.request = asker.asked();
        this.site = asker.site();
        this.grant = grant;
        token = new FencingToken(grant.token(), asker.holder(), request.name());
        validityNanos = LeaseTerms.validityNanos(request);
        marginNanos = request.driftMargin().toNanos();
        intervalNanos = LeaseTerms.renewalIntervalNanos(request);
        heldSince = grantedAt;
        keptUntil = grantedAt + request.holdAtLeast().orElse(Duration.ZERO).toNanos();
        isHoldLimited = request.maxHold().isPresent();
        holdUntil = grantedAt + request.maxHold().orElse(Duration.ZERO).toNanos();
        Held held = held(earlier(grantedUntil, sent.nanos() + validityNanos), sent);
        state = held;
        nextDue = nextRenewal(held);
    }

    /** The first lease under a grant of the backend. */
    static DefaultLease granted(
            EngineRuntime runtime, BackendGateway gateway, Owner owner, Asker asker, ReceivedGrant received) {
        LeaseClock.Timestamp sent = received.sent();
        DefaultLease lease = new DefaultLease(
                runtime, gateway, owner, asker, BackendGrant.of(received), sent, sent.nanos(), received.validUntil());
        boolean isShort = received.validUntil() - sent.nanos() - lease.validityNanos < 0;
        if (isShort && lease.intervalNanos > 0) {
            lease.nextDue = lease.heldSince; // as a claim is: it is renewed at once
        }
        return lease;
    }

    /** The next lease under the same grant: valid for as long as this one was, and renewed when this one would have been. */
    DefaultLease successor(Asker asker, Held held) {
        DefaultLease lease = new DefaultLease(
                runtime,
                gateway,
                owner,
                asker,
                grant.next(),
                held.sent,
                runtime.clock().nanos(),
                held.grantedUntil);
        // what this one was to do next it does in its place, if that was not to end
        lease.nextDue = isCut(held) ? lease.nextDue : earlier(nextDue, lease.validUntil());
        return lease;
    }

    /** Begins to watch and renew this lease. To be called once, before anyone else has it. */
    void start() {
        if (isHeld()) {
            schedule(nextDue);
        }
        if (runtime.isClosing()) {
            onDispose();
        }
    }

    /** To be called once, before its subscriber gets it. */
    void handedOut(Lease toUser) {
        handle = new WeakReference<>(toUser);
    }

    BackendGrant grant() {
        return grant;
    }

    boolean isOf(EngineRuntime client) {
        return runtime.equals(client);
    }

    @Override
    public String name() {
        return request.name();
    }

    @Override
    public String group() {
        return request.group();
    }

    @Override
    public FencingToken token() {
        return token;
    }

    @Override
    public Holder backendHolder() {
        return grant.holder();
    }

    @Override
    public Duration remaining() {
        Held held = current();
        return held == null
                ? Duration.ZERO
                : Duration.ofNanos(Math.max(0, held.validUntil - runtime.clock().nanos()));
    }

    @Override
    public boolean isValid() {
        return current() != null;
    }

    @Override
    public Mono<LeaseLoss> lost() {
        return lost;
    }

    @Override
    public Mono<Boolean> release() {
        return new Mono<Boolean>() {
            @Override
            public void subscribe(CoreSubscriber<? super Boolean> actual) {
                release(actual);
            }
        };
    }

    void release(CoreSubscriber<? super Boolean> actual) {
        Runnable delivery = end();
        // who releases is told first, for what the next one does may take long
        ForeignCode.run("a subscriber, as it released", () -> released.asMono().subscribe(actual));
        delivery.run();
    }

    /** Ends this lease, unless it has ended, and returns what delivers the lock to the next. */
    private Runnable end() {
        for (Held held = current(); held != null; held = current()) {
            if (STATE.compareAndSet(this, held, RELEASED)) {
                runtime.timers().cancel(this);
                lost.complete();
                runtime.observation().released(this, heldNanos());
                return handOff(held);
            }
        }
        return () -> {};
    }

    private long heldNanos() {
        return runtime.clock().nanos() - heldSince;
    }

    private Runnable handOff(Held held) {
        boolean isKept = runtime.clock().nanos() - keptUntil < 0;
        HandedOff handedOff = isKept ? null : owner.handOff(this, held);
        if (handedOff != null) {
            handedOff.next.start();
            released.tryEmitValue(true);
            return handedOff.delivery;
        }
        gateway.release(name(), grant.holder(), keptUntil, request.waitTime(), request.leaseTime())
                .subscribe(released::tryEmitValue, released::tryEmitError);
        owner.onEnded(this);
        return () -> {};
    }

    /** Returns whether this lease has neither been released nor lost, as far as noticed. */
    @Override
    public boolean isHeld() {
        return state instanceof Held;
    }

    @Override
    public Renewal renewal() {
        return new Renewal(name(), grant.holder(), request.leaseTime());
    }

    /** An answer never moves validity back, and brings back nothing that has ended. (B2, B3, B4) */
    @Override
    public void renewalAnswered(RenewalResult result, LeaseClock.Timestamp sent) {
        if (result instanceof RenewalResult.Lost) {
            // first, for a release may be about to hand it off (F10)
            owner.revoked(grant);
        }
        DefaultLease successor = owner.successor(this);
        if (successor != null) {
            successor.renewalAnswered(result, sent);
        }
        for (Held held = current(); held != null; held = current()) {
            long now = runtime.clock().nanos();
            if (!(result instanceof RenewalResult.Renewed goesOn)) {
                lose(held, LeaseLoss.Reason.TAKEN, now);
                continue;
            }
            Held renewed = held(sent.nanos() + LeaseTerms.validityNanos(request, goesOn.leaseTime()), sent);
            if (sent.nanos() - held.sent.nanos() <= 0) {
                return; // the answer to an older request came later
            } else if (runtime.clock().suspendedSince(sent, marginNanos)) {
                lose(held, LeaseLoss.Reason.SUSPENDED, now);
            } else if (STATE.compareAndSet(this, held, renewed)) {
                lastFailure = null;
                schedule(nextRenewal(renewed));
                return;
            }
        }
    }

    /** Tries again until validity ends. (B6) */
    @Override
    public void renewalFailed(Throwable e) {
        lastFailure = e;
        Held held = current();
        if (held != null) {
            schedule(retryAfter(intervalNanos / 8, held, runtime.clock().nanos()));
        }
    }

    @Override
    void onDue(long now) {
        Held held = current();
        if (held == null) {
            return;
        }
        if (runtime.isClosing()) {
            onDispose();
            return;
        }
        if (wasDropped()) {
            schedule(held.validUntil);
            return;
        }
        gateway.renew(this);
        // a reply can be lost without an error: then the next one goes out while there is time, and however many are on
        // their way, for the server that has them may be dead
        schedule(retryAfter(intervalNanos / 2, held, now));
    }

    /** Whether nobody can release this any more; then it is not renewed, and ends with its validity. (C9) */
    private boolean wasDropped() {
        WeakReference<Lease> user = handle;
        if (user == null || user.get() != null) {
            return false;
        }
        if (!dropped) {
            dropped = true;
            runtime.signals().run(() -> {
                String warning =
                        "A lease of the lock '" + name() + "' was dropped without a release, and is no longer renewed";
                if (site == null) {
                    LOG.warn(warning + "; LockClientOptions.withAcquireSites tells where it was acquired");
                } else {
                    LOG.warn(warning, site);
                }
                runtime.observation().dropped(this);
            });
        }
        return true;
    }

    @Override
    void onDispose() {
        for (Held held = current(); held != null; held = current()) {
            lose(held, LeaseLoss.Reason.DISPOSED, runtime.clock().nanos());
        }
    }

    @Override
    void onClose() {
        onDispose();
    }

    /**
     * The one place that says when a lease is no longer valid: whoever finds its validity ended marks it lost, so that nobody can
     * find it valid later.
     *
     * @return the state while it is valid, otherwise null
     */
    private @Nullable Held current() {
        while (state instanceof Held held) {
            long now = runtime.clock().nanos();
            if (now - held.validUntil >= 0) {
                lose(held, isCut(held) ? LeaseLoss.Reason.MAX_HOLD : LeaseLoss.Reason.EXPIRED, now);
            } else if (runtime.clock().suspendedSince(held.sent, marginNanos)) {
                lose(held, LeaseLoss.Reason.SUSPENDED, now);
            } else {
                return held;
            }
        }
        return null;
    }

    /** Marks the lease lost, unless it changed in the meantime: then the caller looks again. */
    private void lose(Held held, LeaseLoss.Reason reason, long now) {
        LeaseLoss loss =
                new LeaseLoss(name(), token, reason, Duration.ofNanos(Math.max(0, now - held.validUntil)), lastFailure);
        if (!STATE.compareAndSet(this, held, new Lost(loss))) {
            return;
        }
        runtime.timers().cancel(this);
        runtime.pending().enter();
        runtime.signals().run(() -> {
            released.tryEmitValue(false);
            // the work is cancelled before the lock is given back, so that no other holder starts before (B7)
            lost.emit(loss);
            runtime.observation().lost(this, loss, heldNanos());
            if (reason != LeaseLoss.Reason.TAKEN) {
                gateway.compensate(name(), grant.holder(), keptUntil, request.leaseTime());
            }
            owner.onEnded(this);
            runtime.pending().exit();
        });
    }

    /** After a delay, but before half of what is left has passed: of a claim there is little. */
    private static long retryAfter(long delay, Held held, long now) {
        long left = held.validUntil - now;
        return left < MIN_RETRY_NANOS ? held.validUntil : now + Math.min(delay, Math.max(left / 2, MIN_RETRY_NANOS));
    }

    private void schedule(long due) {
        nextDue = due;
        runtime.timers().schedule(this, due);
        if (!(state instanceof Held)) {
            // it ended between the look at its state and here (B5)
            runtime.timers().cancel(this);
        }
    }

    private Held held(long grantedUntil, LeaseClock.Timestamp sent) {
        return new Held(grantedUntil, isHoldLimited ? earlier(grantedUntil, holdUntil) : grantedUntil, sent);
    }

    /** How long a lease is valid that nobody has yet. */
    private long validUntil() {
        return state instanceof Held held ? held.validUntil : nextDue;
    }

    /** Whether this lease ends by its longest hold. */
    private boolean isCut(Held held) {
        return isHoldLimited && held.validUntil == holdUntil;
    }

    /**
     * Renewals of leases with the same interval fall on the same moments, a sixteenth of the interval apart, so that they leave
     * together. A lease that is not renewed, or has reached its longest hold, is next due at its end.
     */
    private long nextRenewal(Held held) {
        if (intervalNanos == 0 || isCut(held)) {
            return held.validUntil;
        }
        long span = held.validUntil - held.sent.nanos();
        // where the backend keeps less than was asked for, that is renewed in time, too
        long interval = span < validityNanos ? Math.min(intervalNanos, span / 3) : intervalNanos;
        long due = held.sent.nanos() + interval;
        return earlier(due - Math.floorMod(due, Math.max(1, interval / 16)), held.validUntil);
    }

    private static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    @Override
    public String toString() {
        return "Lease[" + name() + ", " + token + ", " + state + ']';
    }
}
