package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockException;
import io.reactivelock.LockObserver.GrantPath;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Those of one client who want one lock: first come, first served, with one {@link BackendAcquirer} for all of them.
 *
 * <p>While a lease of this client has the lock, a release hands it off to the next in here without the backend, each time to a holder
 * of its own with the next token of the grant. Such a batch of hand-offs ends with validity, the tokens, or the bound of {@link
 * io.reactivelock.LockClientOptions#localHandOff}; where others wait at the backend, a tenth of that bound holds. (F10, F11)
 *
 * <p>All who stand here asked for the same lease time, so that nobody's renewal shortens what another counts on.
 *
 * <p>Each step under the monitor returns what is to be done outside of it, where foreign code may run.
 */
class LocalQueue extends TimerEntry
        implements BackendAcquirer.Listener, AcquireSubscription.WaiterQueue, DefaultLease.Owner, GrantListener {
    private static final int SHARE_WHERE_OTHERS_WAIT = 10;

    private final EngineRuntime runtime;
    private final BackendGateway gateway;
    private final WaiterLimit limit;
    private final Consumer<LocalQueue> onClosed;
    private final String name;
    private final Duration leaseTime;
    private final Trampoline trampoline = new Trampoline();

    /** Guarded by this, as all below. */
    private final LinkedDeque<AcquireSubscription> waiters = new LinkedDeque<>();

    private @Nullable BackendAcquirer acquirer;

    /** The lease of this client that has the lock. */
    private @Nullable DefaultLease current;

    /** Whether others wait at the backend, as far as is known. */
    private boolean othersWait;

    /** Under whom the backend has said to know no grant any more. */
    private @Nullable Holder revoked;

    private boolean closed;

    /**
     * @param onClosed is told when nobody holds or wants the lock in here any more; then another takes this queue's place
     */
    LocalQueue(
            EngineRuntime runtime,
            BackendGateway gateway,
            WaiterLimit limit,
            Consumer<LocalQueue> onClosed,
            LockRequest request) {
        this.runtime = runtime;
        this.gateway = gateway;
        this.limit = limit;
        this.onClosed = onClosed;
        this.name = request.name();
        this.leaseTime = request.leaseTime();
    }

    String name() {
        return name;
    }

    Duration leaseTime() {
        return leaseTime;
    }

    /** Returns null if this queue has ended, and another has to take its place. */
    final synchronized @Nullable Runnable enter(AcquireSubscription subscription) {
        if (closed) {
            return null;
        }
        subscription.entered(this);
        boolean first = waiters.isEmpty() && current == null;
        if (!first && !admit(subscription)) {
            return () -> subscription.fail(limit.exceeded(name));
        }
        waiters.add(subscription);
        if (first) {
            return startAcquirer(subscription.holder);
        }
        return waiters.size() == 1 ? after(subscription::onQueued, startAcquirerInTime()) : subscription::onQueued;
    }

    @Override
    public final void leave(AcquireSubscription subscription) {
        locked(() -> {
            drop(subscription);
            return endUnused();
        });
    }

    @Override
    public final LockException outcome(AcquireSubscription subscription) {
        BackendAcquirer now;
        synchronized (this) {
            now = acquirer;
        }
        LockRequest request = subscription.request;
        return now == null ? new LockTimeoutException(name, request.waitTime(), null) : now.outcome(request);
    }

    @Override
    public final synchronized BackendAcquirer.@Nullable AttemptTerms terms() {
        AcquireSubscription first = waiters.first();
        return first == null
                ? null
                : new BackendAcquirer.AttemptTerms(
                        first.request,
                        first.context(),
                        Math.min(runtime.options().localHandOffLeases(), waiters.size()));
    }

    @Override
    public Mono<AttemptResult> attempt(AcquireCommand command) {
        return gateway.enqueue(command);
    }

    @Override
    public boolean queues() {
        return gateway.queues();
    }

    @Override
    public void busy(BackendAcquirer from, AttemptResult result) {
        locked(() -> {
            AcquireSubscription first = waiters.first();
            if (first == null) {
                return LocalQueue::nothing;
            }
            return admit(first) ? first::onQueued : () -> first.fail(limit.exceeded(name));
        });
        from.park(result);
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
    public final void granted(BackendAcquirer from, ReceivedGrant received) {
        long first = received.granted().token();
        locked(() -> {
            if (acquirer == from) {
                acquirer = null;
            }
            othersWait = received.granted().contended();
            AcquireSubscription next = claimNext(Math.max(first, received.tokenAbove() + 1));
            if (next == null) {
                return after(() -> gateway.compensate(name, received.holder(), leaseTime), proceed());
            }
            DefaultLease lease = DefaultLease.granted(runtime, gateway, this, next, received);
            boolean handsOff = lease.grant().hasNext();
            Runnable begin = after(() -> gateway.addGrant(received.holder(), this, handsOff), lease::start);
            Runnable delivery = after(begin, deliver(next, lease, received.path()));
            return waiters.isEmpty() ? delivery : after(startAcquirerInTime(), delivery);
        });
    }

    @Override
    public final void contended(Holder holder) {
        locked(() -> {
            DefaultLease held = current;
            if (held == null || !held.grant().holder().equals(holder)) {
                return LocalQueue::nothing;
            }
            othersWait = true;
            return waiters.isEmpty() ? LocalQueue::nothing : startAcquirerInTime();
        });
    }

    @Override
    public final void lost(Holder holder) {
        DefaultLease held;
        synchronized (this) {
            held = current;
        }
        if (held != null && held.grant().holder().equals(holder)) {
            held.renewalAnswered(new RenewalResult.Lost(holder), runtime.clock().timestamp());
        }
    }

    @Override
    public final synchronized DefaultLease.@Nullable HandedOff handOff(DefaultLease from, DefaultLease.Held held) {
        BackendGrant grant = from.grant();
        if (current != from || !mayHandOff(grant)) {
            return null;
        }
        AcquireSubscription next = claimNext(grant.next().token());
        if (next == null) {
            return null;
        }
        DefaultLease lease = from.successor(next, held);
        return new DefaultLease.HandedOff(lease, deliver(next, lease, GrantPath.LOCAL_HAND_OFF));
    }

    @Override
    public final void onEnded(DefaultLease ended) {
        gateway.removeGrant(ended.grant().holder());
        locked(() -> {
            if (current == ended) {
                current = null;
            }
            return proceed();
        });
    }

    @Override
    public final synchronized void revoked(BackendGrant grant) {
        revoked = grant.holder();
    }

    @Override
    public final synchronized @Nullable DefaultLease successor(DefaultLease of) {
        DefaultLease now = current;
        return now != null && now != of && now.grant().isSameGrant(of.grant()) ? now : null;
    }

    /** Those who wait here for longer than a batch may take, take their place in the backend's queue. */
    @Override
    final void onDue(long now) {
        runtime.signals()
                .run(() -> locked(() -> current == null || acquirer != null || waiters.isEmpty()
                        ? LocalQueue::nothing
                        : startAcquirer(runtime.holders().next())));
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

    private Runnable startAcquirer(Holder holder) {
        BackendAcquirer begun = new BackendAcquirer(runtime, gateway, this, name, leaseTime, holder);
        acquirer = begun;
        return begun::start;
    }

    private Runnable startAcquirerInTime() {
        DefaultLease held = current;
        if (held == null || acquirer != null) {
            return LocalQueue::nothing;
        }
        long due = held.grant().since() + batchNanos();
        return () -> runtime.timers().schedule(this, due);
    }

    private Runnable deliver(AcquireSubscription next, DefaultLease lease, GrantPath path) {
        current = lease;
        Runnable delivery = () -> trampoline.run(() -> next.deliver(lease, path));
        return acquirer == null ? delivery : after(endUnused(), delivery);
    }

    private Runnable proceed() {
        boolean acquiring = acquirer != null || current != null || runtime.isClosing();
        return waiters.isEmpty() || acquiring
                ? endUnused()
                : startAcquirer(runtime.holders().next());
    }

    /** Where nobody waits nothing is acquired; and then, where nobody holds, this queue ends. */
    private Runnable endUnused() {
        if (!waiters.isEmpty()) {
            return LocalQueue::nothing;
        }
        BackendAcquirer over = acquirer;
        acquirer = null;
        if (current == null) {
            closed = true;
            onClosed.accept(this);
            runtime.timers().cancel(this);
        }
        return over == null ? LocalQueue::nothing : over::end;
    }

    private boolean mayHandOff(BackendGrant grant) {
        return grant.hasNext()
                && !grant.holder().equals(revoked)
                && grant.leases() < Math.max(1, runtime.options().localHandOffLeases() / share())
                && runtime.clock().nanos() - grant.since() - batchNanos() < 0;
    }

    private long batchNanos() {
        return runtime.options().localHandOffTime().toNanos() / share();
    }

    private int share() {
        return othersWait ? SHARE_WHERE_OTHERS_WAIT : 1;
    }

    /**
     * The first that can use a token that is at least so high; who ended in the meantime is passed over. Nobody gets a lease of a
     * closing client.
     */
    private @Nullable AcquireSubscription claimNext(long token) {
        if (runtime.isClosing()) {
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

    private void drop(AcquireSubscription subscription) {
        waiters.remove(subscription);
        if (subscription.counted) {
            subscription.counted = false;
            limit.exit();
        }
    }

    /** Counts it as waiting, unless too many do. */
    private boolean admit(AcquireSubscription subscription) {
        if (!subscription.counted && !limit.enter()) {
            return false;
        }
        subscription.counted = true;
        return true;
    }
}
