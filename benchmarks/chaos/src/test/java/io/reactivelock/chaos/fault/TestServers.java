package io.reactivelock.chaos.fault;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Faulty servers and a client, which connects through the proxies and does not reconnect by itself. */
final class TestServers implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final Duration POLL = Duration.ofMillis(10);

    final FaultyServers servers;
    private final ClientResources resources;
    private final RedisClient redis;

    TestServers(ChaosTopology topology) {
        servers = FaultyServers.start(topology);
        resources = servers.redis().resources();
        redis = RedisClient.create(resources);
        redis.setOptions(ClientOptions.builder().autoReconnect(false).build());
    }

    Fault fault(String kind) {
        return fault(kind, List.of());
    }

    Fault fault(String kind, List<WorkerTarget> workers) {
        return Faults.all(new Targets(servers, workers)).possible().stream()
                .filter(fault -> fault.kind().equals(kind))
                .findAny()
                .orElseThrow();
    }

    void inject(String kind, RandomGenerator random) {
        fault(kind).inject(random).block(PATIENCE);
    }

    int anyServer() {
        return servers.nodes().deployment().servers().get(0).port();
    }

    StatefulRedisConnection<String, String> connect(int port) {
        return redis.connect(StringCodec.UTF8, uri(port));
    }

    StatefulRedisPubSubConnection<String, String> connectPubSub(int port) {
        return redis.connectPubSub(StringCodec.UTF8, uri(port));
    }

    private static RedisURI uri(int port) {
        return RedisURI.builder()
                .withHost(RedisControl.HOST)
                .withPort(port)
                .withTimeout(PATIENCE)
                .build();
    }

    Connection connectPostgres() {
        return get(Mono.from(ConnectionFactories.get(servers.postgresUrl()).create()));
    }

    static <T> T get(Mono<? extends T> value) {
        return Objects.requireNonNull(value.block(PATIENCE));
    }

    /** Again and again, until it is met. */
    static void await(Mono<Boolean> condition) {
        condition
                .filter(met -> met)
                .repeatWhenEmpty(polls -> polls.delayElements(POLL))
                .block(PATIENCE);
    }

    /** The longest time that one of many calls took, the last of which began while a fault was injected. */
    static Duration longestCallDuring(Mono<Void> injection, Mono<?> call) {
        AtomicBoolean healed = new AtomicBoolean();
        return get(Flux.merge(
                        injection.doOnTerminate(() -> healed.set(true)).then(Mono.<Duration>empty()),
                        call.then(Mono.just(true))
                                .elapsed()
                                .map(timed -> Duration.ofMillis(timed.getT1()))
                                .delaySubscription(POLL)
                                .repeat(() -> !healed.get()))
                .reduce(Duration.ZERO, (a, b) -> a.compareTo(b) > 0 ? a : b));
    }

    @Override
    public void close() {
        redis.shutdown(Duration.ZERO, PATIENCE);
        resources.shutdown(0, 30, TimeUnit.SECONDS).awaitUninterruptibly();
        servers.close();
    }
}
