package io.reactivelock.chaos.fault;

import java.util.List;

/**
 * What faults harm.
 *
 * @param site the servers and the proxies in front of them
 * @param workers the clients
 */
public record Targets(Site site, List<Worker> workers) {
    public Targets {
        workers = List.copyOf(workers);
    }
}
