package io.reactivelock.chaos.fault;

/** How Redis is run. */
public enum ChaosTopology {
    /** One server. */
    STANDALONE,
    /** A master and two replicas, watched by three sentinels. */
    SENTINEL,
    /** Three masters, each with a replica. */
    CLUSTER
}
