package io.reactivelock.testservers;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import io.lettuce.core.sentinel.api.sync.RedisSentinelCommands;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Talks to the servers of a fixture, each time over a new connection, for the servers come and go. */
final class RedisAdmin implements AutoCloseable {
    static final String HOST = "127.0.0.1";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(50);

    private final RedisClient client = RedisClient.create();

    <T> T ask(int port, Function<RedisCommands<String, String>, T> question) {
        try (StatefulRedisConnection<String, String> connection = client.connect(RedisURI.create(HOST, port))) {
            return question.apply(connection.sync());
        }
    }

    <T> T askSentinel(int port, Function<RedisSentinelCommands<String, String>, T> question) {
        try (StatefulRedisSentinelConnection<String, String> connection =
                client.connectSentinel(StringCodec.UTF8, RedisURI.create(HOST, port))) {
            return question.apply(connection.sync());
        }
    }

    /** Asks again and again. */
    static void await(String what, BooleanSupplier condition) {
        Mono.fromSupplier(condition::getAsBoolean)
                .filter(met -> met)
                .repeatWhenEmpty(attempts -> attempts.delayElements(POLL, Schedulers.boundedElastic()))
                .timeout(PATIENCE, Mono.error(() -> new IllegalStateException("not within " + PATIENCE + ": " + what)))
                .block();
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, PATIENCE);
    }
}
