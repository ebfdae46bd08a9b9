package io.reactivelock.testservers;

import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A Redis master, two replicas and three sentinels, all embedded, on free ports of the loopback address, persisting nothing
 * unless lines of their configuration say otherwise. A master that is dead for two seconds is replaced, which takes some four seconds altogether.
 *
 * <pre>{@code
 * try (RedisSentinel redis = RedisSentinel.start()) {
 *     LockClient locks = LockClient.create(RedisLockBackend.create(redis.uri()));
 *     hold(locks);
 *     redis.failOver();
 * }
 * }</pre>
 *
 * <p>Needs no JUnit. Methods wait until what they do is done. Safe for use by several threads.
 */
public final class RedisSentinel implements AutoCloseable {
    private static final String MASTER = "locks";
    private static final int REPLICAS = 2;
    private static final int SENTINELS = 3;

    private final RedisAdmin admin = new RedisAdmin();
    private final List<EmbeddedRedis> servers = new ArrayList<>();
    private final List<EmbeddedRedis> sentinels = new ArrayList<>();

    private final Map<String, String> environment;
    private final List<String> configLines;

    private RedisSentinel(Map<String, String> environment, List<String> configLines) {
        this.environment = environment;
        this.configLines = configLines;
    }

    /**
     * Starts all six.
     *
     * @return the set; ends when it is closed, at the latest with the JVM
     */
    public static RedisSentinel start() {
        return start(Map.of());
    }

    /**
     * The same with environment variables and configuration of the servers, not of the sentinels.
     *
     * @param environment as for {@link RedisServer#start(Map, String...)}
     * @param configLines further lines of {@code redis.conf}
     * @return the set; ends when it is closed, at the latest with the JVM
     */
    public static RedisSentinel start(Map<String, String> environment, String... configLines) {
        RedisSentinel started = new RedisSentinel(environment, List.of(configLines));
        try {
            started.startServers();
            started.startSentinels();
            return started;
        } catch (RuntimeException e) {
            started.close();
            throw e;
        }
    }

    private void startServers() {
        int master = server(List.of());
        for (int i = 0; i < REPLICAS; i++) {
            server(List.of("replicaof " + RedisAdmin.HOST + " " + master));
        }
        awaitReplicas(master);
    }

    private int server(List<String> furtherLines) {
        List<String> config = new ArrayList<>(List.of("repl-diskless-sync yes", "repl-diskless-sync-delay 0"));
        config.addAll(configLines);
        config.addAll(furtherLines);
        servers.add(EmbeddedRedis.start(environment, config));
        return servers.get(servers.size() - 1).port();
    }

    private void startSentinels() {
        int master = servers.get(0).port();
        for (int i = 0; i < SENTINELS; i++) {
            sentinels.add(EmbeddedRedis.sentinel(List.of(
                    "sentinel monitor " + MASTER + " " + RedisAdmin.HOST + " " + master + " 2",
                    "sentinel down-after-milliseconds " + MASTER + " 2000",
                    "sentinel failover-timeout " + MASTER + " 3000",
                    "sentinel parallel-syncs " + MASTER + " 2")));
        }
        RedisAdmin.await("every sentinel knows all", () -> sentinels.stream().allMatch(this::knowsAll));
    }

    private boolean knowsAll(EmbeddedRedis sentinel) {
        Map<String, String> known = admin.askSentinel(sentinel.port(), asked -> asked.master(MASTER));
        return Integer.toString(REPLICAS).equals(known.get("num-slaves"))
                && Integer.toString(SENTINELS - 1).equals(known.get("num-other-sentinels"));
    }

    /** {@return the {@code redis-sentinel://} URI, as Lettuce reads it} */
    public String uri() {
        return sentinels.stream()
                .map(sentinel -> RedisAdmin.HOST + ":" + sentinel.port())
                .collect(Collectors.joining(",", "redis-sentinel://", "#" + MASTER));
    }

    /** {@return the master and the replicas, whichever is which, to be killed and restarted; they are closed with the set} */
    public List<RedisServer> servers() {
        return servers.stream().map(RedisServer::of).toList();
    }

    /** {@return the port of the master that the sentinels name} */
    public int masterPort() {
        return masterPort(sentinels.get(0));
    }

    private int masterPort(EmbeddedRedis sentinel) {
        return ((InetSocketAddress) admin.askSentinel(sentinel.port(), asked -> asked.getMasterAddrByName(MASTER)))
                .getPort();
    }

    /**
     * Lets the sentinels make a replica the master. The former master goes on as one, with the clients that it has, until it is made a
     * replica: with {@link #demote} at once, by the sentinels some ten seconds later.
     */
    public void failOver() {
        int former = masterPort();
        admin.askSentinel(sentinels.get(0).port(), asked -> asked.failover(MASTER));
        awaitMasterOtherThan(former);
    }

    /**
     * Makes a former master a replica and ends the connections of its clients, as the sentinels do.
     *
     * @param port of the former master
     */
    public void demote(int port) {
        int master = masterPort();
        admin.ask(port, former -> former.replicaof(RedisAdmin.HOST, master));
        admin.ask(
                port, former -> former.clientKill(KillArgs.Builder.typeNormal().skipme()));
        admin.ask(port, former -> former.clientKill(KillArgs.Builder.typePubsub()));
    }

    /** Ends the master as {@code kill -9} does; returns before another one is there. */
    public void killMaster() {
        int port = masterPort();
        servers.stream().filter(server -> server.port() == port).forEach(EmbeddedRedis::kill);
    }

    /**
     * Waits until all sentinels name another master, and it takes writes.
     *
     * @param port of the former master
     */
    public void awaitMasterOtherThan(int port) {
        RedisAdmin.await("all sentinels name one new master", () -> {
            List<Integer> named =
                    sentinels.stream().map(this::masterPort).distinct().toList();
            return named.size() == 1 && named.get(0) != port;
        });
        int master = masterPort();
        RedisAdmin.await(
                "the new master takes writes",
                () -> admin.ask(master, asked -> asked.info("replication")).contains("role:master"));
    }

    /** Lets the master give its replicas no write any more: what it stores from now on is lost with the next failover. */
    public void stopReplication() {
        admin.ask(masterPort(), master -> {
            master.dispatch(
                    CommandType.ACL,
                    new StatusOutput<>(StringCodec.UTF8),
                    new CommandArgs<>(StringCodec.UTF8)
                            .add("SETUSER")
                            .add("default")
                            .add("-sync")
                            .add("-psync"));
            return master.clientKill(KillArgs.Builder.typeSlave());
        });
    }

    /**
     * Waits until the master has all its replicas, up to date, and the sentinels do nothing about any of them; before that, they may
     * refuse a failover.
     */
    public void awaitCalm() {
        awaitReplicas(masterPort());
        RedisAdmin.await(
                "the sentinels see nothing to do",
                () -> sentinels.stream()
                        .allMatch(sentinel -> "master"
                                .equals(admin.askSentinel(sentinel.port(), asked -> asked.master(MASTER))
                                        .get("flags"))));
    }

    /** Waits until all servers answer, and exactly one of them calls itself a master: two would both grant. */
    public void awaitOneMaster() {
        RedisAdmin.await(
                "one of the servers is a master, and the others are replicas",
                () -> masters().equals(List.of(masterPort())));
    }

    /** Ports of those that call themselves so; empty while one of them does not answer. */
    List<Integer> masters() {
        List<Integer> masters = new ArrayList<>();
        for (RedisServer server : servers()) {
            try {
                if (admin.ask(server.port(), asked -> asked.info("replication")).contains("role:master")) {
                    masters.add(server.port());
                }
            } catch (RedisConnectionException e) {
                return List.of(); // who cannot be asked may be one
            }
        }
        return masters;
    }

    private void awaitReplicas(int master) {
        RedisAdmin.await("all replicas are up to date", () -> {
            String info = admin.ask(master, asked -> asked.info("replication"));
            return info.lines().filter(line -> line.contains("state=online")).count() == REPLICAS;
        });
    }

    /** Ends all six. Repeatable. */
    @Override
    public void close() {
        sentinels.forEach(EmbeddedRedis::close);
        servers.forEach(EmbeddedRedis::close);
        admin.close();
    }
}
