package io.reactivelock.chaos.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The faults that servers and workers can suffer. Each heals itself in a few seconds, most in less than one, and errors at once if
 * another fault has its target. The effect can outlast the fault: for one lease time after it was healed, a holder may still believe
 * in a lease that has ended; and after a step of the clock, keys may live up to five seconds longer than asked.
 *
 * @param possible the faults, one of each kind
 * @param impossible the kinds that this machine cannot inject, and why
 */
public record Faults(List<Fault> possible, Map<String, String> impossible) {
    public Faults {
        possible = List.copyOf(possible);
        impossible = Map.copyOf(impossible);
    }

    /**
     * Returns every fault that these targets can suffer.
     *
     * @param targets what is harmed
     * @return the faults
     */
    public static Faults all(Targets targets) {
        FaultyServers servers = targets.servers();
        List<Fault> possible = new ArrayList<>();
        possible.addAll(RedisFaults.of(servers.nodes()));
        possible.addAll(servers.nodes().deployment().failovers(servers.nodes()));
        possible.addAll(PostgresFaults.of(servers.postgres(), servers.control()));
        possible.addAll(TcpKinds.of("redis", servers.redisLinks()));
        possible.addAll(TcpKinds.of("postgres", List.of(servers.postgresLink())));
        if (!targets.workers().isEmpty()) {
            possible.addAll(WorkerFaults.of(targets.workers()));
        }
        Map<String, String> impossible = new TreeMap<>();
        servers.clock()
                .ifPresentOrElse(
                        shim -> possible.addAll(
                                ClockFaults.of(shim, servers.redis().topology())),
                        () -> Stream.of(ClockFaults.FORWARD, ClockFaults.BACK)
                                .forEach(kind -> impossible.put(kind, servers.whyNoClock())));
        return new Faults(possible, impossible);
    }
}
