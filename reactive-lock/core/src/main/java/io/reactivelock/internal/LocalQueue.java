package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockException;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Those of one client who want one lock: a FIFO with one contender at the backend. While a lease of this client has the lock, a
 * release hands it on to the next in here without the backend, each time to a holder of its own with the next token of the grant;
 * until validity, the tokens or the bound of {@link LockClientOptions#localHandOff} end. Where others wait at the backend, a tenth
 * of that bound holds. // F10, F11
 *
 * <p>All who stand here asked for the same lease time, so that nobody's renewal shortens what another counts on.
 *
 * <p>Each step under the monitor returns what is to be done outside of it, where foreign code may run.
 */
class LocalQueue extends TimerEntry implements BackendAcquirer.Listener, AcquireSubscription.WaiterQueue {
    private static final int CONTENDED_SHARE = 10;

    final LockEngine engine;
    private final String name;
    private final Duration leaseTime;
    private final Trampoline deliveries = new Trampoline();

    /** Guarded by this, as all below. */
    private final LinkedDeque waiters = new LinkedDeque();

    private @Nullable BackendAcquirer contender;

    /** The lease of this client that has the lock. */
    private @Nullable DefaultLease current;

    /** Whether others wait at the backend, as far as is known. */
    private boolean contended;

    /** Under whom the backend has said to know no grant any more. */
    private @Nullable Holder gone;

    private boolean closed;

    LocalQueue(LockEngine engine, LockRequest request) {
        this.engine = engine;
        this.name = request.name();
        this.leaseTime = request.leaseTime();
    }

    /** The way of an acquire that waits: in the queue of its lock name, or in one of its own if it shares no terms with that. */
    static void join(LockEngine engine, AcquireSubscription acquisition) {
        LockRequest request = acquisition.request;
        while (true) {
            LocalQueue queue = request.renewalInterval().isPresent() ? engine.queue(request) : null;
            if (queue == null || !queue.leaseTime.equals(request.leaseTime())) {
                queue = new LocalQueue(engine, request);
            }
            Runnable step = queue.join(acquisition);
            if (step != null) {
                step.run();
                return;
            }
        }
    }

    /** Returns null if this queue has ended, and another has to take its place. */
    final synchronized @Nullable Runnable join(AcquireSubscription acquisition) {
        if (closed) {
            return null;
        }
        acquisition.stand(this);
        boolean first = waiters.isEmpty() && current == null;
        if (!first && !admit(acquisition)) {
            return () -> acquisition.fail(engine.tooManyWaiters(name));
        }
        waiters.add(acquisition);
        if (first) {
            return contend(acquisition.holder);
        }
        return waiters.size() == 1 ? contendInTime() : LocalQueue::nothing;
    }

    @Override
    public final void leave(AcquireSubscription acquisition) {
        locked(() -> {
            drop(acquisition);
            return endUnused();
        });
    }

    @Override
    public final LockException outcome(AcquireSubscription acquisition) {
        BackendAcquirer now;
        synchronized (this) {
            now = contender;
        }
        LockRequest request = acquisition.request;
        return now == null ? new LockTimeoutException(name, request.waitTime(), null) : now.outcome(request);
    }

    @Override
    public final synchronized BackendAcquirer.@Nullable AttemptTerms bid() {
        AcquireSubscription first = waiters.first();
        return first == null
                ? null
                : new BackendAcquirer.AttemptTerms(
                        first.request, first.context(), Math.min(engine.options.localHandOffLeases(), waiters.size()));
    }

    @Override
    public Mono<AttemptResult> attempt(AcquireCommand command) {
        return engine.attempt(command);
    }

    @Override
    public boolean queues() {
        return engine.signals != null;
    }

    @Override
    public void busy(BackendAcquirer from, AttemptResult result) {
        locked(() -> {
            AcquireSubscription first = waiters.first();
            return first == null || admit(first) ? LocalQueue::nothing : () -> first.fail(engine.tooManyWaiters(name));
        });
        engine.park(from, result);
    }

    @Override
    public void failed(BackendAcquirer from, LockBackendException failure) {
        if (!failure.isTransient()) {
            failAll(failure);
        }
        // also after a failure for good: somebody may have joined since
        from.parkForRetry();
    }

    final void failAll(LockBackendException failure) {
        copy().forEach(each -> each.fail(failure));
    }

    /** Ends those who wait with nothing. */
    final void completeAll() {
        copy().forEach(AcquireSubscription::complete);
    }

    private synchronized List<AcquireSubscription> copy() {
        return waiters.copy();
    }

    @Override
    public final void granted(BackendAcquirer from, BackendAcquirer.Grant grant) {
        AttemptResult.Granted granted = grant.granted();
        BackendGrant tenure = new BackendGrant(
                grant.holder(),
                granted.token(),
                granted.token() + granted.tokens() - 1,
                grant.mark().nanos(),
                1);
        locked(() -> {
            if (contender == from) {
                contender = null;
            }
            contended = granted.contended();
            AcquireSubscription next = claimNext(Math.max(tenure.token(), grant.tokenAbove() + 1));
            if (next == null) {
                return after(() -> engine.compensate(name, leaseTime, grant.holder()), proceed());
            }
            Runnable delivery = handTo(next, DefaultLease.granted(this, next, tenure, grant));
            if (tenure.hasNext()) {
                delivery = after(() -> engine.addRun(tenure.holder(), this), delivery);
            }
            return waiters.isEmpty() ? delivery : after(contendInTime(), delivery);
        });
    }

    /** Others have come to wait for what this client has under that holder. */
    final void contended(Holder holder) {
        locked(() -> {
            DefaultLease held = current;
            if (held == null || !held.tenure().holder().equals(holder)) {
                return LocalQueue::nothing;
            }
            contended = true;
            return waiters.isEmpty() ? LocalQueue::nothing : contendInTime();
        });
    }

    /**
     * Hands the lock on from a lease that was released.
     *
     * @return false if it has to go back to the backend, and then {@link #vacate} is to be called
     */
    final boolean handOn(DefaultLease from, DefaultLease.Held held) {
        Runnable step;
        synchronized (this) {
            BackendGrant tenure = from.tenure();
            if (current != from || !mayHandOn(tenure)) {
                return false;
            }
            BackendGrant successor = tenure.next();
            AcquireSubscription next = claimNext(successor.token());
            if (next == null) {
                return false;
            }
            step = handTo(next, DefaultLease.handedOn(this, next, successor, held, from.nextDue()));
        }
        step.run();
        return true;
    }

    /** The lease has ended, and what it had is going back, or is lost. */
    final void vacate(DefaultLease ended) {
        engine.removeRun(ended.tenure().holder());
        locked(() -> {
            if (current == ended) {
                current = null;
            }
            return proceed();
        });
    }

    /** The backend knows the grant of this tenure no longer: from now on it is handed on to nobody. */
    final synchronized void gone(BackendGrant tenure) {
        gone = tenure.holder();
    }

    /** The lease that now has the lock under the same grant. */
    final synchronized @Nullable DefaultLease successor(DefaultLease of) {
        DefaultLease now = current;
        return now != null && now != of && now.tenure().isSameGrant(of.tenure()) ? now : null;
    }

    /** Those who wait here for longer than a run may take, take their place in the backend's queue. */
    @Override
    final void onDue(long now) {
        engine.signal(() -> locked(() -> current == null || contender != null || waiters.isEmpty()
                ? LocalQueue::nothing
                : contend(engine.holders.next())));
    }

    @Override
    final void onDispose() {
        // its leases and acquisitions are told themselves
    }

    @Override
    final void onClose() {
        // as above
    }

    private void locked(Step step) {
        Runnable then;
        synchronized (this) {
            then = step.take();
        }
        then.run();
    }

    private static void nothing() {}

    private interface Step {
        Runnable take();
    }

    private static Runnable after(Runnable first, Runnable second) {
        return () -> {
            first.run();
            second.run();
        };
    }

    private Runnable contend(Holder holder) {
        BackendAcquirer begun = new BackendAcquirer(engine, this, name, leaseTime, holder);
        contender = begun;
        return begun::start;
    }

    private Runnable contendInTime() {
        DefaultLease held = current;
        if (held == null || contender != null) {
            return LocalQueue::nothing;
        }
        long due = held.tenure().since() + runTime();
        return () -> engine.timers.schedule(this, due);
    }

    private Runnable handTo(AcquireSubscription next, DefaultLease lease) {
        current = lease;
        Runnable delivery = () -> deliveries.deliver(next, lease);
        return contender == null ? delivery : after(endUnused(), delivery);
    }

    private Runnable proceed() {
        boolean contending = contender != null || current != null || engine.isDisposed();
        return waiters.isEmpty() || contending ? endUnused() : contend(engine.holders.next());
    }

    /** Where nobody waits nobody contends; and then, where nobody holds, this queue ends. */
    private Runnable endUnused() {
        if (!waiters.isEmpty()) {
            return LocalQueue::nothing;
        }
        BackendAcquirer over = contender;
        contender = null;
        if (current == null) {
            closed = true;
            engine.removeQueue(name, this);
            engine.timers.cancel(this);
        }
        return over == null ? LocalQueue::nothing : over::end;
    }

    private boolean mayHandOn(BackendGrant tenure) {
        return tenure.hasNext()
                && !tenure.holder().equals(gone)
                && tenure.leases() < Math.max(1, engine.options.localHandOffLeases() / share())
                && engine.clock.nanos() - tenure.since() - runTime() < 0;
    }

    private long runTime() {
        return engine.options.localHandOffTime().toNanos() / share();
    }

    private int share() {
        return contended ? CONTENDED_SHARE : 1;
    }

    /**
     * The first that can use a token that is at least so high; who ended in the meantime is passed over. Nobody gets a lease of a
     * disposed client.
     */
    private @Nullable AcquireSubscription claimNext(long token) {
        if (engine.isDisposed()) {
            return null;
        }
        for (AcquireSubscription next = waiters.first(); next != null; next = waiters.first()) {
            if (next.request.tokenAbove() >= token) {
                return null;
            }
            drop(next);
            if (next.claim()) {
                return next;
            }
        }
        return null;
    }

    private void drop(AcquireSubscription acquisition) {
        waiters.remove(acquisition);
        if (acquisition.counted) {
            acquisition.counted = false;
            engine.waiting.decrementAndGet();
        }
    }

    /** Counts it as waiting, unless too many do. */
    private boolean admit(AcquireSubscription acquisition) {
        if (!acquisition.counted && engine.waiting.incrementAndGet() > engine.options.maxWaiters()) {
            engine.waiting.decrementAndGet();
            return false;
        }
        acquisition.counted = true;
        return true;
    }
}
