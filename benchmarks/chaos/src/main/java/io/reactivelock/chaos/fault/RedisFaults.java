package io.reactivelock.chaos.fault;

import io.lettuce.core.KillArgs;
import io.lettuce.core.api.reactive.RedisReactiveCommands;
import io.lettuce.core.protocol.CommandType;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/** What harms a Redis server, in every topology. Stalls are shorter than what makes others take a server for dead. */
final class RedisFaults {
    private static final int MAX_STALL_MILLIS = 700;
    /** At most this much is evicted, or all; a lock takes a few hundred bytes. */
    private static final int MAX_EVICTED_BYTES = 100_000;

    private static final Pattern USED_MEMORY = Pattern.compile("used_memory:(\\d+)");

    private final RedisNodes nodes;

    private RedisFaults(RedisNodes nodes) {
        this.nodes = nodes;
    }

    static List<Fault> of(RedisNodes nodes) {
        RedisFaults faults = new RedisFaults(nodes);
        Set<RelaxedGuarantee> dataLoss = Set.of(RelaxedGuarantee.DURABLE_GRANTS);
        return List.of(
                Act.of("redis kill -9", nodes.relaxedByDeath(), faults::killed),
                Act.of("redis restart without data", dataLoss, faults::emptied),
                Act.of("redis SIGSTOP", faults::stopped),
                Act.of("redis DEBUG SLEEP", faults::asleep),
                Act.of("redis CLIENT PAUSE", faults::paused),
                Act.of("redis FLUSHALL", dataLoss, random -> faults.order(random, redis -> redis.flushall())),
                Act.of("redis eviction", dataLoss, faults::evicted),
                Act.of("redis SCRIPT FLUSH", random -> faults.order(random, redis -> redis.scriptFlush())),
                Act.of("redis CLIENT KILL normal", random -> faults.killClients(random, KillArgs.Builder.typeNormal())),
                Act.of(
                        "redis CLIENT KILL pubsub",
                        random -> faults.killClients(random, KillArgs.Builder.typePubsub())));
    }

    private Mono<Void> killed(RandomGenerator random) {
        return dead(random, RedisServer::restart);
    }

    private Mono<Void> emptied(RandomGenerator random) {
        return dead(random, RedisServer::restartEmpty);
    }

    private Mono<Void> dead(RandomGenerator random, Consumer<RedisServer> restart) {
        return nodes.alone(
                random,
                master -> Act.during(
                        Act.between(random, 0, 300),
                        RedisNodes.blocking(master::kill),
                        RedisNodes.blocking(() -> restart.accept(master))));
    }

    private Mono<Void> stopped(RandomGenerator random) {
        return nodes.alone(
                random,
                master -> ProcessSignals.stop(stall(random), master.pid().orElseThrow()));
    }

    private Mono<Void> asleep(RandomGenerator random) {
        String seconds = Double.toString(stall(random).toMillis() / 1000.0);
        return nodes.alone(
                random,
                master -> ask(master, redis -> RedisControl.command(redis, CommandType.DEBUG, "SLEEP", seconds)));
    }

    /** Ends by itself. */
    private Mono<Void> paused(RandomGenerator random) {
        Duration time = stall(random);
        String clients = random.nextBoolean() ? "ALL" : "WRITE";
        return nodes.alone(
                random,
                master -> ask(
                                master,
                                redis -> RedisControl.command(
                                        redis, CommandType.CLIENT, "PAUSE", Long.toString(time.toMillis()), clients))
                        .then(Mono.delay(time))
                        .then());
    }

    /** Redis drops keys of its choice until it fits; where it cannot, it refuses writes until this is healed. */
    private Mono<Void> evicted(RandomGenerator random) {
        String policy = random.nextBoolean() ? "allkeys-random" : "allkeys-lru";
        int bytes = random.nextInt(1, MAX_EVICTED_BYTES);
        return nodes.alone(
                random,
                master -> Act.during(
                        Act.between(random, 10, 200),
                        ask(
                                master,
                                redis -> redis.configSet("maxmemory-policy", policy)
                                        .then(redis.info("memory"))
                                        .flatMap(info -> redis.configSet(
                                                "maxmemory", Long.toString(Math.max(1, usedMemory(info) - bytes))))),
                        nodes.control()
                                .heal(
                                        master.port(),
                                        redis -> redis.configSet("maxmemory", "0")
                                                .then(redis.configSet("maxmemory-policy", "noeviction")))));
    }

    private static long usedMemory(String info) {
        Matcher matcher = USED_MEMORY.matcher(info);
        if (!matcher.find()) {
            throw new IllegalStateException("INFO memory tells no used_memory: " + info);
        }
        return Long.parseLong(matcher.group(1));
    }

    private Mono<Void> killClients(RandomGenerator random, KillArgs which) {
        return order(random, redis -> redis.clientKill(which.skipme()));
    }

    private Mono<Void> order(RandomGenerator random, Function<RedisReactiveCommands<String, String>, Mono<?>> order) {
        return nodes.master(random).flatMap(master -> ask(master, order));
    }

    private Mono<Void> ask(RedisServer server, Function<RedisReactiveCommands<String, String>, Mono<?>> order) {
        return nodes.control().ask(server.port(), redis -> order.apply(redis).then());
    }

    private static Duration stall(RandomGenerator random) {
        return Act.between(random, 50, MAX_STALL_MILLIS);
    }
}
