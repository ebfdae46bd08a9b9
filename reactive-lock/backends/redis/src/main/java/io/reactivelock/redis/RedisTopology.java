package io.reactivelock.redis;

/** How Redis is deployed, as far as the protocol depends on it. */
enum RedisTopology {
    /** Standalone, or behind Sentinel: one connection reaches every lock. */
    ONE_MASTER(100, 2, 1),

    /**
     * A call is bound to one slot, and Lettuce pipelines the calls to each node, so each operation leaves alone and at once. PUBLISH
     * reaches the subscribers of every node but counts those of its own node only. So every hand-off counts as received, and a
     * winner that died costs the others the claim time.
     */
    CLUSTER(1, Integer.MAX_VALUE, 0);

    /** The most operations in one script call, so that it occupies Redis for less than a millisecond. */
    final int operationsPerCall;

    /** With this many calls in flight, further operations wait. A full call leaves in any case. */
    final int callsInFlight;

    /** How many subscribers must have got a published hand-off, so that it counts as received. */
    final int receivers;

    RedisTopology(int operationsPerCall, int callsInFlight, int receivers) {
        this.operationsPerCall = operationsPerCall;
        this.callsInFlight = callsInFlight;
        this.receivers = receivers;
    }

    /** Returns whether all calls share one connection, and so keep their order. */
    boolean isOrdered() {
        return this == ONE_MASTER;
    }
}
