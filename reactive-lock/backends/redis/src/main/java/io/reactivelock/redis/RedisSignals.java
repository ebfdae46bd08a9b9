package io.reactivelock.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lettuce.core.StatefulRedisConnectionImpl;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.reactivelock.Holder;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.WaitSignal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/** What a client hears on its channel. */
final class RedisSignals {
    private static final Logger LOG = Loggers.getLogger(RedisSignals.class);
    private static final String PRINTABLE =
            IntStream.rangeClosed(' ', '~').mapToObj(Character::toString).collect(Collectors.joining());

    private final LazyConnection<? extends StatefulRedisPubSubConnection<String, String>> connection;
    private final String channel;

    RedisSignals(LazyConnection<? extends StatefulRedisPubSubConnection<String, String>> connection, String channel) {
        this.connection = connection;
        this.channel = channel;
    }

    /**
     * Refuses a connection whose codec would subscribe to other channels than scripts publish on, or read other messages than they
     * publish: no hand-off would ever arrive, and nobody would be told. Channels and messages are printable ASCII.
     */
    static void requireCodec(StatefulRedisPubSubConnection<String, String> connection) {
        RedisCodec<String, String> codec = codec(connection);
        if (!keeps(codec)) {
            throw new IllegalArgumentException(
                    "the connection for pub/sub needs a codec that writes and reads keys and values as they are, like"
                            + " StringCodec.UTF8; hand-offs would never arrive with "
                            + codec);
        }
    }

    /** Lettuce 6 has the method on its own connections only, not on the interface, which is all that a wrapper of them has. */
    private static RedisCodec<String, String> codec(StatefulRedisPubSubConnection<String, String> connection) {
        return connection instanceof StatefulRedisConnectionImpl<String, String> lettuce
                ? lettuce.getCodec()
                : connection.getCodec();
    }

    private static boolean keeps(RedisCodec<String, String> codec) {
        String text = "reactive-lock:wake:" + PRINTABLE;
        ByteBuffer bytes = US_ASCII.encode(text);
        try {
            return codec.encodeKey(text).equals(bytes)
                    && text.equals(codec.decodeKey(bytes.duplicate()))
                    && text.equals(codec.decodeValue(bytes.duplicate()));
        } catch (RuntimeException e) { // as a codec throws that expects what it has written itself
            return false;
        }
    }

    /** Nothing is dropped when the consumer is slow: there is at most about one message for each waiter of this client. */
    Flux<WaitSignal> signals() {
        return connection
                .get()
                .flatMapMany(c -> Flux.<WaitSignal>create(sink -> new Subscription(c, sink).start()))
                .onErrorMap(e -> RedisErrors.map(channel, e));
    }

    Mono<Void> connect() {
        return connection.get().then().onErrorMap(e -> RedisErrors.map(channel, e));
    }

    /** Reads what {@code lock.lua} publishes. */
    private static WaitSignal read(String message) {
        String[] words = message.split(" ", -1);
        if (words.length == 1) {
            return new WaitSignal.Contended(Holder.parse(message));
        }
        if (words.length == 5) {
            // granted by a server that this waiter has not asked: the time on its clock could not be compared
            return new WaitSignal.Turn(Holder.parse(words[0]));
        }
        return new WaitSignal.HandOff(
                Holder.parse(words[0]),
                new AttemptResult.Granted(
                        Long.parseLong(words[1]),
                        Integer.parseInt(words[2]),
                        words[3].equals("1"),
                        Duration.ofMillis(Long.parseLong(words[4]))),
                Operation.micros(Long.parseLong(words[5])));
    }

    private final class Subscription extends RedisPubSubAdapter<String, String> {
        private final StatefulRedisPubSubConnection<String, String> connection;
        private final FluxSink<WaitSignal> sink;

        Subscription(StatefulRedisPubSubConnection<String, String> connection, FluxSink<WaitSignal> sink) {
            this.connection = connection;
            this.sink = sink;
        }

        void start() {
            connection.addListener(this);
            sink.onDispose(this::stop);
            subscribe();
        }

        private void subscribe() {
            connection.async().subscribe(channel).whenComplete((done, error) -> {
                if (error != null && !sink.isCancelled()) {
                    sink.error(error);
                }
            });
        }

        private void stop() {
            connection.removeListener(this);
            try {
                connection.async().unsubscribe(channel).whenComplete((done, error) -> {
                    if (error != null) {
                        LOG.debug("The subscription of {} ended without an answer", channel, error);
                    }
                });
            } catch (RuntimeException e) { // the client was shut down, and the subscription with it
                LOG.debug("The subscription of {} had ended", channel, e);
            }
        }

        /** The subscription began, or began anew on another connection: Lettuce subscribes again by itself. */
        @Override
        public void subscribed(String subscribed, long count) {
            if (subscribed.equals(channel)) {
                sink.next(new WaitSignal.Recheck());
            }
        }

        /** Someone else ended it: another subscriber of this backend that was cancelled, or the owner of the connection. */
        @Override
        public void unsubscribed(String unsubscribed, long count) {
            if (unsubscribed.equals(channel)) {
                subscribe();
            }
        }

        @Override
        public void message(String from, String message) {
            if (from.equals(channel)) {
                WaitSignal signal;
                try {
                    signal = read(message);
                } catch (RuntimeException e) {
                    LOG.warn("Someone else publishes on {}: {}", channel, message, e);
                    return;
                }
                sink.next(signal);
            }
        }
    }
}
