package io.reactivelock.internal;

import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.Renewal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A lease from its grant to its end. All that decides is in one field; each transition is one compare-and-set, and whoever wins it
 * does what belongs to it. In particular a renewal moves validity in the same field from which an expired lease is marked lost, so
 * what has once been seen as invalid stays so. // B2, B4, B5, C6
 */
final class DefaultLease extends TimerEntry implements Lease {
    sealed interface State {}

    /**
     * @param validUntil on the monotonic clock
     * @param mark when the request was sent that this validity comes from
     */
    record Held(long validUntil, LeaseClock.Timestamp mark) implements State {}

    private record Released() implements State {}

    private record Lost(LeaseLoss loss) implements State {}

    private static final long MIN_RETRY_NANOS = 1_000_000;

    private static final Released RELEASED = new Released();
    private static final AtomicReferenceFieldUpdater<DefaultLease, State> STATE =
            AtomicReferenceFieldUpdater.newUpdater(DefaultLease.class, State.class, "state");

    private final LockEngine engine;
    private final LocalQueue queue;
    private final LockRequest request;
    private final FencingToken token;
    private final BackendGrant tenure;
    private final long validityNanos;
    private final long marginNanos;
    /** Zero for a lease that is not renewed. */
    private final long intervalNanos;

    private final long holdUntil;
    /** Unsafe, as each signal follows a transition of the state that only one can win; so the next. */
    private final Sinks.One<LeaseLoss> lost = Sinks.unsafe().one();

    private final Sinks.One<Boolean> released = Sinks.unsafe().one();
    private volatile State state;
    private volatile @Nullable Throwable lastFailure;

    private volatile long nextDue;

    private DefaultLease(
            LocalQueue queue,
            AcquireSubscription acquisition,
            BackendGrant tenure,
            LeaseClock.Timestamp mark,
            long grantedAt,
            long grantedUntil) {
        this.engine = queue.engine;
        this.queue = queue;
        this.request = acquisition.request;
        this.tenure = tenure;
        token = new FencingToken(tenure.token(), acquisition.holder);
        validityNanos = LeaseTerms.validityNanos(request);
        marginNanos = request.driftMargin().toNanos();
        intervalNanos = LeaseTerms.renewalIntervalNanos(request);
        holdUntil = grantedAt + LeaseTerms.maxHoldNanos(request);
        Held held = new Held(earlier(grantedUntil, validUntil(mark)), mark);
        state = held;
        // a short grant, as a claim is, is renewed at once
        nextDue = held.validUntil - validUntil(mark) < 0 ? grantedAt : nextRenewal(held);
    }

    /** The first lease under a grant of the backend. */
    static DefaultLease granted(
            LocalQueue queue, AcquireSubscription acquisition, BackendGrant tenure, BackendAcquirer.Grant grant) {
        LeaseClock.Timestamp mark = grant.mark();
        return new DefaultLease(queue, acquisition, tenure, mark, mark.nanos(), grant.validUntil());
    }

    /** A later lease under the same grant: valid for as long as the one before it, and renewed when that one would have been. */
    static DefaultLease handedOn(
            LocalQueue queue, AcquireSubscription acquisition, BackendGrant tenure, Held held, long renewalDue) {
        DefaultLease lease =
                new DefaultLease(queue, acquisition, tenure, held.mark, queue.engine.clock.nanos(), held.validUntil);
        lease.nextDue = renewalDue;
        return lease;
    }

    /** Begins to watch and renew this lease. To be called once, before anyone else has it. */
    void start() {
        if (isHeld()) {
            schedule(nextDue);
        }
        if (engine.isDisposed()) {
            onDispose();
        }
    }

    BackendGrant tenure() {
        return tenure;
    }

    /** When this is to be renewed next, on the monotonic clock. */
    long nextDue() {
        return nextDue;
    }

    @Override
    public String name() {
        return request.name();
    }

    @Override
    public FencingToken token() {
        return token;
    }

    @Override
    public Duration remaining() {
        Held held = current();
        return held == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, held.validUntil - engine.clock.nanos()));
    }

    @Override
    public boolean isValid() {
        return current() != null;
    }

    @Override
    public Mono<LeaseLoss> lost() {
        return lost.asMono();
    }

    @Override
    public Mono<Boolean> release() {
        return Mono.defer(() -> {
            for (Held held = current(); held != null; held = current()) {
                if (STATE.compareAndSet(this, held, RELEASED)) {
                    engine.timers.cancel(this);
                    lost.tryEmitEmpty();
                    passOn(held);
                }
            }
            return released.asMono();
        });
    }

    private void passOn(Held held) {
        if (queue.handOn(this, held)) {
            released.tryEmitValue(true);
        } else {
            sendRelease();
            queue.vacate(this);
        }
    }

    private void sendRelease() {
        Mono<Boolean> release = Mono.defer(() -> engine.backend.release(name(), tenure.holder()));
        new ReleaseTask(engine, name(), release, request.waitTime())
                .start()
                .subscribe(released::tryEmitValue, released::tryEmitError);
    }

    /** Returns whether this lease has neither been released nor lost, as far as noticed. */
    boolean isHeld() {
        return state instanceof Held;
    }

    Renewal renewal() {
        return new Renewal(name(), tenure.holder(), request.leaseTime());
    }

    /** The backend answered a renewal that was sent at the mark. // B2, B3, B4 */
    void renewalAnswered(boolean stillHeld, LeaseClock.Timestamp mark) {
        if (!stillHeld) {
            // first, for a release may be about to hand it on. // F10
            queue.gone(tenure);
        }
        DefaultLease successor = queue.successor(this);
        if (successor != null) {
            successor.renewalAnswered(stillHeld, mark);
        }
        for (Held held = current(); held != null; held = current()) {
            long now = engine.clock.nanos();
            Held renewed = new Held(validUntil(mark), mark);
            if (!stillHeld) {
                lose(held, LeaseLoss.Reason.TAKEN, now);
            } else if (renewed.validUntil - held.validUntil <= 0) {
                return; // the answer to an older request came later
            } else if (engine.clock.suspendedSince(mark, marginNanos)) {
                lose(held, LeaseLoss.Reason.SUSPENDED, now);
            } else if (STATE.compareAndSet(this, held, renewed)) {
                lastFailure = null;
                schedule(nextRenewal(renewed));
                return;
            }
        }
    }

    /** A renewal failed, or nobody knows; it is tried again until validity ends. // B6 */
    void renewalFailed(Throwable e) {
        lastFailure = e;
        Held held = current();
        if (held != null) {
            schedule(retryAfter(intervalNanos / 8, held, engine.clock.nanos()));
        }
    }

    @Override
    void onDue(long now) {
        Held held = current();
        if (held == null) {
            return;
        }
        if (engine.isDisposed()) {
            onDispose();
            return;
        }
        engine.renewals.add(this);
        // a reply can be lost without an error: then the next one goes out while there is time
        schedule(retryAfter(intervalNanos / 2, held, now));
    }

    void renewIn(long nanos) {
        Held held = current();
        if (held != null) {
            schedule(earlier(engine.clock.nanos() + nanos, held.validUntil));
        }
    }

    @Override
    void onDispose() {
        for (Held held = current(); held != null; held = current()) {
            lose(held, LeaseLoss.Reason.DISPOSED, engine.clock.nanos());
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
            long now = engine.clock.nanos();
            if (now - held.validUntil >= 0) {
                lose(held, held.validUntil == holdUntil ? LeaseLoss.Reason.MAX_HOLD : LeaseLoss.Reason.EXPIRED, now);
            } else if (engine.clock.suspendedSince(held.mark, marginNanos)) {
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
        engine.timers.cancel(this);
        engine.pending.enter();
        engine.signal(() -> {
            released.tryEmitValue(false);
            // the work is cancelled before the lock is given back, so that no other holder starts before. // B7
            lost.tryEmitValue(loss);
            if (reason != LeaseLoss.Reason.TAKEN) {
                engine.compensate(name(), request.leaseTime(), tenure.holder());
            }
            queue.vacate(this);
            engine.pending.exit();
        });
    }

    /** After a delay, but before half of what is left has passed: of a claim there is little. */
    private static long retryAfter(long delay, Held held, long now) {
        long left = held.validUntil - now;
        return left < MIN_RETRY_NANOS ? held.validUntil : now + Math.min(delay, Math.max(left / 2, MIN_RETRY_NANOS));
    }

    private void schedule(long due) {
        nextDue = due;
        engine.timers.schedule(this, due);
        if (!(state instanceof Held)) {
            // it ended between the look at its state and here. // B5
            engine.timers.cancel(this);
        }
    }

    private long validUntil(LeaseClock.Timestamp mark) {
        return earlier(mark.nanos() + validityNanos, holdUntil);
    }

    /**
     * RenewalBatcher of leases with the same interval fall on the same moments, a sixteenth of the interval apart, so that they leave
     * together. A lease that is not renewed, or has reached its longest hold, is next due at its end.
     */
    private long nextRenewal(Held held) {
        if (intervalNanos == 0 || held.validUntil == holdUntil) {
            return held.validUntil;
        }
        long due = held.mark.nanos() + intervalNanos;
        return earlier(due - Math.floorMod(due, Math.max(1, intervalNanos / 16)), held.validUntil);
    }

    private static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    @Override
    public String toString() {
        return "Lease[" + name() + ", " + token + ", " + state + ']';
    }
}
