package io.reactivelock;

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
final class HeldLease extends Timed implements Lease {
    private sealed interface State {}

    /**
     * @param validUntil on the monotonic clock
     * @param mark when the request was sent that this validity comes from
     */
    private record Held(long validUntil, LeaseClock.Mark mark) implements State {}

    private record Released() implements State {}

    private record Lost(LeaseLoss loss) implements State {}

    private static final Released RELEASED = new Released();
    private static final AtomicReferenceFieldUpdater<HeldLease, State> STATE =
            AtomicReferenceFieldUpdater.newUpdater(HeldLease.class, State.class, "state");

    private final LockEngine engine;
    private final LockRequest request;
    private final FencingToken token;
    private final long leaseNanos;
    private final long marginNanos;
    /** Zero for a lease that is not renewed. */
    private final long intervalNanos;

    private final long holdUntil;
    private final Sinks.One<LeaseLoss> lost = Sinks.one();
    private final Sinks.One<Boolean> released = Sinks.one();
    private volatile State state;
    private volatile @Nullable Throwable lastFailure;

    HeldLease(LockEngine engine, LockRequest request, FencingToken token, LeaseClock.Mark mark) {
        this.engine = engine;
        this.request = request;
        this.token = token;
        leaseNanos = request.leaseTime().toNanos();
        marginNanos = request.driftMargin().toNanos();
        intervalNanos = request.renewalInterval().map(Duration::toNanos).orElse(0L);
        holdUntil = mark.nanos() + request.maxHold().orElse(Durations.MAX).toNanos();
        state = new Held(validUntil(mark), mark);
    }

    /** Begins to watch and renew this lease. To be called once, before anyone else has it. */
    void start() {
        if (state instanceof Held held) {
            engine.timers.schedule(this, nextRenewal(held));
        }
        if (engine.isDisposed()) {
            onDispose();
        }
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
                    sendRelease();
                }
            }
            return released.asMono();
        });
    }

    private void sendRelease() {
        engine.timers.cancel(this);
        lost.tryEmitEmpty();
        Mono<Boolean> release = Mono.defer(() -> engine.backend.release(name(), token.holder()));
        new GiveBack(engine, name(), release, request.waitTime())
                .start()
                .subscribe(released::tryEmitValue, released::tryEmitError);
    }

    /** Returns whether this lease has neither been released nor lost, as far as noticed. */
    boolean isHeld() {
        return state instanceof Held;
    }

    Renewal renewal() {
        return new Renewal(name(), token.holder(), request.leaseTime());
    }

    /** The backend answered a renewal that was sent at the mark. // B2, B3, B4 */
    void renewalAnswered(boolean stillHeld, LeaseClock.Mark mark) {
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
            schedule(earlier(engine.clock.nanos() + intervalNanos / 8, held.validUntil));
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
        schedule(earlier(now + intervalNanos / 2, held.validUntil));
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
                engine.compensate(request, token.holder());
            }
            engine.pending.exit();
        });
    }

    private void schedule(long due) {
        engine.timers.schedule(this, due);
        if (!(state instanceof Held)) {
            // it ended between the look at its state and here. // B5
            engine.timers.cancel(this);
        }
    }

    private long validUntil(LeaseClock.Mark mark) {
        return earlier(mark.nanos() + leaseNanos - marginNanos, holdUntil);
    }

    /**
     * Renewals of leases with the same interval fall on the same moments, a sixteenth of the interval apart, so that they leave
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
