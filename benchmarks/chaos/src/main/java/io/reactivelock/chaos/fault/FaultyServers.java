package io.reactivelock.chaos.fault;

import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * Servers to harm: an embedded Redis and an embedded PostgreSQL, with a proxy in front of each. Both persist enough to survive the
 * death of their processes, not of the machine.
 *
 * <p>Safe for use by several threads. Starting and closing block, for a minute at most.
 */
public final class FaultyServers implements AutoCloseable {
    private static final Map<String, String> POSTGRES_SETTINGS = Map.of("checkpoint_timeout", "30s");

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private Optional<ClockShim> clock;
    private String whyNoClock = "";
    private final RedisNodes nodes;
    private final List<TcpLink> redisLinks = new ArrayList<>();
    private final PostgresServer postgres;
    private final PostgresControl control;
    private final TcpLink postgresLink;

    private FaultyServers(ChaosTopology topology) {
        try {
            clock = compileClock();
            RedisControl redisControl = opened(new RedisControl());
            Map<String, String> environment = clock.map(ClockShim::environment).orElse(Map.of());
            nodes = new RedisNodes(opened(RedisNodes.start(topology, environment, redisControl)), redisControl);
            checkClock();
            for (RedisServer server : nodes.deployment().servers()) {
                redisLinks.add(link(server.port()));
            }
            postgres = opened(PostgresServer.start(POSTGRES_SETTINGS));
            control = new PostgresControl(postgres.r2dbcUrl());
            postgresLink = link(postgres.port());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts the servers and the proxies.
     *
     * @param topology how Redis is run
     * @return the servers; they end when it is closed, at the latest with the JVM
     */
    public static FaultyServers start(ChaosTopology topology) {
        return new FaultyServers(topology);
    }

    private Optional<ClockShim> compileClock() {
        try {
            return Optional.of(opened(ClockShim.compile()));
        } catch (IOException e) {
            whyNoClock = "could not build the clock shim: " + e.getMessage();
            return Optional.empty();
        }
    }

    private void checkClock() {
        if (clock.isPresent() && !nodes.deployment().servers().stream().allMatch(this::hasClock)) {
            clock = Optional.empty();
            whyNoClock = "the Redis executable does not preload libraries";
        }
    }

    private boolean hasClock(RedisServer server) {
        try {
            return clock.orElseThrow().isLoadedBy(server.pid().orElseThrow());
        } catch (IOException e) {
            return false; // no Linux
        }
    }

    private TcpLink link(int port) {
        TcpLink link = TcpLink.to(port);
        opened(link.proxy());
        return link;
    }

    private <T extends AutoCloseable> T opened(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Returns where workers find Redis: through the proxies. */
    public RedisAddress redis() {
        Map<Integer, Integer> proxies = new HashMap<>();
        for (int i = 0; i < redisLinks.size(); i++) {
            proxies.put(
                    nodes.deployment().servers().get(i).port(),
                    redisLinks.get(i).proxy().port());
        }
        return new RedisAddress(
                nodes.deployment().topology(), nodes.deployment().uri(), proxies);
    }

    /** Returns the {@code r2dbc:postgresql:} URL for workers: through the proxy. */
    public String postgresUrl() {
        return "r2dbc:postgresql://" + postgres.username() + "@"
                + postgresLink.proxy().host() + ":" + postgresLink.proxy().port() + "/" + postgres.database();
    }

    /**
     * Returns the {@code r2dbc:postgresql:} URL for observers: past the proxy, and spared by the faults that choose sessions. The death
     * of the server ends these sessions, too.
     */
    public String controlUrl() {
        return postgres.r2dbcUrl() + "?applicationName=" + PostgresControl.SPARED;
    }

    /** Returns which servers these are, for people. */
    public String description() {
        return nodes.deployment().servers().stream()
                        .map(RedisServer::description)
                        .collect(Collectors.joining("; ")) + "; " + postgres.description();
    }

    /**
     * Asks which servers grant locks. Where the answer has changed, there was a failover, and what was not replicated is lost; a loaded
     * machine can bring that about without a fault.
     *
     * @return the ports of the masters
     */
    public Mono<Set<Integer>> masters() {
        return nodes.deployment().masters();
    }

    /**
     * Before a calm span, in which no lock may be granted twice.
     *
     * @return completes once none but the masters would grant a lock; with an error if that does not come about
     */
    public Mono<Void> settled() {
        return nodes.deployment().settled();
    }

    RedisNodes nodes() {
        return nodes;
    }

    List<TcpLink> redisLinks() {
        return redisLinks;
    }

    PostgresServer postgres() {
        return postgres;
    }

    PostgresControl control() {
        return control;
    }

    TcpLink postgresLink() {
        return postgresLink;
    }

    Optional<ClockShim> clock() {
        return clock;
    }

    String whyNoClock() {
        return whyNoClock;
    }

    /** Ends the servers and the proxies, and deletes their data. Idempotent. */
    @Override
    public void close() {
        IllegalStateException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("could not close all servers and proxies", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
