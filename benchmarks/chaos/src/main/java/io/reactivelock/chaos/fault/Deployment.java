package io.reactivelock.chaos.fault;

import io.reactivelock.testservers.RedisServer;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Mono;

/** Redis in one topology. Safe for use by several threads. */
interface Deployment extends AutoCloseable {
    /** With these settings, what a server has answered survives its death: the kernel has it, and the machine goes on. */
    static String[] persistent() {
        return new String[] {"appendonly yes", "appendfsync no"};
    }

    ChaosTopology topology();

    /** As Lettuce reads it, past the proxies. */
    String uri();

    /** All that store locks, masters and replicas. */
    List<RedisServer> servers();

    /** Ports of the servers that grant locks now. */
    Mono<Set<Integer>> masters();

    /** Completes once none but the masters would grant a lock; with an error if that does not come about. */
    default Mono<Void> settled() {
        return Mono.empty();
    }

    /** The faults that only this topology has. */
    List<Fault> failovers(RedisNodes nodes);

    @Override
    void close();
}
