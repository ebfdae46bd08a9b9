package io.reactivelock.chaos.fault;

import io.reactivelock.testservers.TcpFaults;
import io.reactivelock.testservers.TcpProxy;
import java.util.List;
import java.util.random.RandomGenerator;

/** A proxy in front of a server, as a target. Faults that last exclude each other, for one that heals the proxy heals them all. */
record TcpLink(TcpProxy proxy, ExclusiveTarget exclusive) {
    static TcpLink to(int port) {
        return new TcpLink(TcpProxy.to(RedisControl.HOST, port), new ExclusiveTarget("the proxy of port " + port));
    }

    /** Some of the open connections, at least one. */
    List<TcpFaults> some(RandomGenerator random) {
        List<TcpFaults> open = proxy.connections();
        if (open.isEmpty()) {
            throw new NotInjectedException("no connection is open");
        }
        List<TcpFaults> chosen =
                open.stream().filter(connection -> random.nextBoolean()).toList();
        return chosen.isEmpty() ? open.subList(0, 1) : chosen;
    }
}
