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
        return state instanceof Held held && isValid()
                ? Duration.ofNanos(Math.max(0, held.validUntil - engine.clock.nanos()))
                : Duration.ZERO;
    }

    @Override
    public boolean isValid() {
        return state instanceof Held held && !loseIfEnded(held, engine.clock.nanos());
    }

    @Override
    public Mono<LeaseLoss> lost() {
        return lost.asMono();
    }

    @Override
    public Mono<Boolean> release() {
        return Mono.defer(() -> {
            release(engine.clock.nanos());
            return released.asMono();
        });
    }

    private void release(long now) {
        while (state instanceof Held held && !loseIfEnded(held, now)) {
            if (STATE.compareAndSet(this, held, RELEASED)) {
                engine.timers.cancel(this);
                lost.tryEmitEmpty();
                new GiveBack(
                                engine,
                                name(),
                                Mono.defer(() -> engine.backend.release(name(), token.holder())),
                                request.waitTime())
                        .start()
                        .subscribe(released::tryEmitValue, released::tryEmitError);
                return;
            }
        }
    }

    /** Returns the loss if this lease was lost. */
    @Nullable
    LeaseLoss loss() {
        return state instanceof Lost end ? end.loss : null;
    }

    /** Returns whether this lease has neither been released nor lost, as far as noticed. */
    boolean isHeld() {
        return state instanceof Held;
    }

    Renewal renewal() {
        return new Renewal(name(), token.holder(), request.leaseTime());
    }

    /** The backend answered a renewal that was sent at the mark. // B2, B3, B4 */
    void renewalAnswered(boolean held, LeaseClock.Mark mark) {
        while (state instanceof Held before) {
            long now = engine.clock.nanos();
            if (loseIfEnded(before, now)) {
                return;
            }
            if (!held) {
                lose(before, LeaseLoss.Reason.TAKEN, now);
                return;
            }
            Held after = new Held(validUntil(mark), mark);
            if (after.validUntil - before.validUntil <= 0) {
                return;
            }
            if (engine.clock.suspendedSince(mark, marginNanos)) {
                lose(before, LeaseLoss.Reason.SUSPENDED, now);
                return;
            }
            if (STATE.compareAndSet(this, before, after)) {
                lastFailure = null;
                schedule(nextRenewal(after));
                return;
            }
        }
    }

    /** A renewal failed, or nobody knows; it is tried again until validity ends. // B6 */
    void renewalFailed(Throwable e) {
        lastFailure = e;
        if (state instanceof Held held) {
            schedule(earlier(engine.clock.nanos() + intervalNanos / 8, held.validUntil));
        }
    }

    @Override
    void onDue(long now) {
        if (!(state instanceof Held held) || loseIfEnded(held, now)) {
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
        while (state instanceof Held held) {
            if (lose(held, LeaseLoss.Reason.DISPOSED, engine.clock.nanos())) {
                return;
            }
        }
    }

    @Override
    void onClose() {
        onDispose();
    }

    /** The one place that says when a lease is no longer valid. */
    private boolean loseIfEnded(Held held, long now) {
        if (now - held.validUntil >= 0) {
            boolean capped = held.validUntil == holdUntil;
            lose(held, capped ? LeaseLoss.Reason.MAX_HOLD : LeaseLoss.Reason.EXPIRED, now);
            return true;
        }
        if (engine.clock.suspendedSince(held.mark, marginNanos)) {
            lose(held, LeaseLoss.Reason.SUSPENDED, now);
            return true;
        }
        return false;
    }

    private boolean lose(Held held, LeaseLoss.Reason reason, long now) {
        LeaseLoss loss =
                new LeaseLoss(name(), token, reason, Duration.ofNanos(Math.max(0, now - held.validUntil)), lastFailure);
        if (!STATE.compareAndSet(this, held, new Lost(loss))) {
            return false;
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
        return true;
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
