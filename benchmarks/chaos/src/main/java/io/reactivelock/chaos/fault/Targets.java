package io.reactivelock.chaos.fault;

import java.util.List;

/**
 * The targets of the faults.
 *
 * @param servers the servers and the proxies in front of them
 * @param workers the clients
 */
public record Targets(FaultyServers servers, List<WorkerTarget> workers) {
    public Targets {
        workers = List.copyOf(workers);
    }
}
