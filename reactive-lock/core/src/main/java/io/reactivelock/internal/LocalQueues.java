package io.reactivelock.internal;

import io.reactivelock.LockRequest;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The queues of one client: one for each lock name that somebody holds or wants. */
final class LocalQueues {
    private final EngineRuntime runtime;
    private final BackendGateway gateway;
    private final WaiterLimit limit;
    private final ConcurrentMap<String, LocalQueue> byName = new ConcurrentHashMap<>();

    LocalQueues(EngineRuntime runtime, BackendGateway gateway, WaiterLimit limit) {
        this.runtime = runtime;
        this.gateway = gateway;
        this.limit = limit;
    }

    /** The way of an acquire that waits: in the queue of its lock name, or in one of its own if it shares no terms with that. */
    void acquire(AcquireSubscription subscription) {
        while (!entered(queueFor(subscription.request), subscription)) {
            // that queue has just closed, and another takes its place
        }
    }

    /** The way of an acquire that does not wait. */
    void tryAcquire(AcquireSubscription subscription) {
        entered(new SingleTry(runtime, gateway, limit, subscription.request), subscription);
    }

    /** How many lock names somebody holds or wants. */
    int size() {
        return byName.size();
    }

    private static boolean entered(LocalQueue queue, AcquireSubscription subscription) {
        Runnable step = queue.enter(subscription);
        if (step == null) {
            return false;
        }
        step.run();
        return true;
    }

    private LocalQueue queueFor(LockRequest request) {
        if (request.renewalInterval().isEmpty()) {
            return create(request);
        }
        LocalQueue known = byName.get(request.name());
        if (known == null) {
            LocalQueue fresh = create(request);
            LocalQueue other = byName.putIfAbsent(request.name(), fresh);
            known = other != null ? other : fresh;
        }
        return known.leaseTime().equals(request.leaseTime()) ? known : create(request);
    }

    private LocalQueue create(LockRequest request) {
        return new LocalQueue(runtime, gateway, limit, closed -> byName.remove(closed.name(), closed), request);
    }
}
