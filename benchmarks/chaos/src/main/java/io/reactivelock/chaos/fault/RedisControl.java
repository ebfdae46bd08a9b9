package io.reactivelock.chaos.fault;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.reactive.RedisReactiveCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Talks to single servers, past the proxies, each time over a new connection, for the servers come and go. */
final class RedisControl implements AutoCloseable {
    static final String HOST = "127.0.0.1";

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Retry UNTIL_HEALED = Retry.fixedDelay(100, Duration.ofMillis(100));

    private final RedisClient client = RedisClient.create();

    RedisControl() {
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .socketOptions(SocketOptions.builder().connectTimeout(CONNECT).build())
                .build());
    }

    /** Completes empty where the command has no result, too. */
    <T> Mono<T> ask(int port, Function<RedisReactiveCommands<String, String>, Publisher<T>> question) {
        return Mono.usingWhen(
                        connect(port),
                        connection -> Mono.from(question.apply(connection.reactive())),
                        connection -> Mono.fromCompletionStage(connection.closeAsync()))
                .timeout(PATIENCE);
    }

    /** Again and again, for it has to be done as soon as the server is there. */
    Mono<Void> heal(int port, Function<RedisReactiveCommands<String, String>, Publisher<?>> order) {
        return ask(port, redis -> Mono.from(order.apply(redis)).then()).retryWhen(UNTIL_HEALED);
    }

    private Mono<StatefulRedisConnection<String, String>> connect(int port) {
        RedisURI uri = RedisURI.builder()
                .withHost(HOST)
                .withPort(port)
                .withTimeout(CONNECT)
                .build();
        return Mono.fromCompletionStage(() -> client.connectAsync(StringCodec.UTF8, uri));
    }

    /** A command that Lettuce has no method for, and whose reply is OK. */
    static Mono<String> command(RedisReactiveCommands<String, String> redis, CommandType command, String... arguments) {
        CommandArgs<String, String> all = new CommandArgs<>(StringCodec.UTF8);
        for (String argument : arguments) {
            all.add(argument);
        }
        return redis.<String>dispatch(command, new StatusOutput<>(StringCodec.UTF8), all)
                .next();
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, PATIENCE);
    }
}
