package io.reactivelock.chaos.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What can be done to a site and its workers. Each fault heals itself in a few seconds, most in less than one, and errors at once if
 * another one has its target. What a fault did can outlast it: for one lease time after it was healed, a holder may still believe what
 * is no longer true; and after a step of the clock, keys may live for up to five seconds longer than they were asked to.
 *
 * @param possible each kind once
 * @param impossible the kinds that cannot be done here, and why
 */
public record Faults(List<Fault> possible, Map<String, String> impossible) {
    public Faults {
        possible = List.copyOf(possible);
        impossible = Map.copyOf(impossible);
    }

    /**
     * Everything that can be done to these targets.
     *
     * @param targets what is harmed
     * @return the faults
     */
    public static Faults all(Targets targets) {
        Site site = targets.site();
        List<Fault> possible = new ArrayList<>();
        possible.addAll(RedisFaults.of(site.nodes()));
        possible.addAll(site.nodes().deployment().failovers(site.nodes()));
        possible.addAll(PostgresFaults.of(site.postgres(), site.control()));
        possible.addAll(TcpKinds.of("redis", site.redisLinks()));
        possible.addAll(TcpKinds.of("postgres", List.of(site.postgresLink())));
        if (!targets.workers().isEmpty()) {
            possible.addAll(WorkerFaults.of(targets.workers()));
        }
        Map<String, String> impossible = new TreeMap<>();
        site.clock()
                .ifPresentOrElse(
                        shim -> possible.addAll(
                                ClockFaults.of(shim, site.redis().topology())),
                        () -> Stream.of(ClockFaults.FORWARD, ClockFaults.BACK)
                                .forEach(kind -> impossible.put(kind, site.whyNoClock())));
        return new Faults(possible, impossible);
    }
}
