package io.reactivelock.redis;

/** What differs between one master and a Cluster. */
enum Topology {
    /** Standalone, or behind Sentinel: one connection reaches every lock. */
    ONE_MASTER(100, 2, 1),

    /**
     * One call has one slot, and Lettuce pipelines the calls to each node, so each operation leaves alone and at once. PUBLISH
     * reaches the subscribers of every node but counts those of its own node only; so every hand-off is taken for heard, and a
     * winner that died costs the others the claim time.
     */
    CLUSTER(1, Integer.MAX_VALUE, 0);

    /** How many operations one script call carries out at most, so that Redis is held for less than a millisecond. */
    final int operationsPerCall;

    /** With how many calls under way further operations are gathered; a full call leaves in any case. */
    final int callsInFlight;

    /** How many subscribers have to get a hand-off that is published, for it to count as heard. */
    final int receivers;

    Topology(int operationsPerCall, int callsInFlight, int receivers) {
        this.operationsPerCall = operationsPerCall;
        this.callsInFlight = callsInFlight;
        this.receivers = receivers;
    }

    /** Returns whether all calls go over one connection, on which they keep their order. */
    boolean isOrdered() {
        return this == ONE_MASTER;
    }
}
