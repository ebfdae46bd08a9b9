package io.reactivelock.redis;

import static io.reactivelock.redis.RedisFixture.CHECK;
import static io.reactivelock.redis.RedisFixture.LEASE;
import static io.reactivelock.redis.RedisFixture.PATIENCE;
import static io.reactivelock.redis.RedisFixture.command;
import static io.reactivelock.redis.RedisFixture.get;
import static io.reactivelock.redis.RedisFixture.holder;
import static io.reactivelock.redis.RedisFixture.renewal;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.CompressionCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.reactivelock.Holder;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitSignal;
import io.reactivelock.testservers.RedisExtension;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.test.StepVerifier;

/** Connections of the user's own, with a codec of the user's own. */
class RedisCodecTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private RedisFixture fixture;

    @BeforeEach
    void open() {
        fixture = new RedisFixture(REDIS.server());
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    static Stream<RedisCodec<String, String>> foreign() {
        return Stream.of(
                new PrefixingCodec(),
                new StringCodec(UTF_16),
                CompressionCodec.valueCompressor(StringCodec.UTF8, CompressionCodec.CompressionType.GZIP));
    }

    static Stream<RedisCodec<String, String>> plain() {
        return Stream.of(StringCodec.UTF8, StringCodec.ASCII, new StringCodec(US_ASCII));
    }

    @ParameterizedTest
    @MethodSource("foreign")
    @DisplayName("F1: a connection for pub/sub that would hear of no hand-off is refused at once, with the reason")
    void refused(RedisCodec<String, String> codec) {
        try (StatefulRedisConnection<String, String> connection = fixture.client.connect(StringCodec.UTF8);
                StatefulRedisPubSubConnection<String, String> pubSub = fixture.client.connectPubSub(codec)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> RedisLockBackend.create(connection, pubSub))
                    .withMessageContaining("codec")
                    .withMessageContaining("StringCodec.UTF8");
        }
    }

    @ParameterizedTest
    @MethodSource("foreign")
    @DisplayName("F3: connections for commands and renewals may have any codec")
    void anyCodecForCommands(RedisCodec<String, String> codec) {
        assertHandsOff(codec, StringCodec.UTF8);
    }

    @ParameterizedTest
    @MethodSource("plain")
    @DisplayName("F3: a connection for pub/sub may have any codec that keeps text as it is")
    void plainCodecForPubSub(RedisCodec<String, String> codec) {
        assertHandsOff(StringCodec.UTF8, codec);
    }

    private void assertHandsOff(RedisCodec<String, String> commands, RedisCodec<String, String> pubSub) {
        try (StatefulRedisConnection<String, String> connection = fixture.client.connect(commands);
                StatefulRedisPubSubConnection<String, String> listening = fixture.client.connectPubSub(pubSub)) {
            RedisLockBackend backend =
                    RedisLockBackend.create(connection, listening).keyPrefix(fixture.prefix);
            Holder owner = holder();
            Holder waiter = holder();
            StepVerifier.create(backend.signals())
                    .expectNext(new WaitSignal.Recheck())
                    .then(() -> {
                        get(backend.enqueue(command("a", owner), CHECK));
                        get(backend.enqueue(command("a", waiter), CHECK));
                        assertThat(get(backend.renew(List.of(renewal("a", owner)))
                                        .collectList()))
                                .containsExactly(new RenewalResult.Renewed(owner, LEASE));
                        assertThat(get(backend.release("a", owner))).isTrue();
                    })
                    .expectNextMatches(signal -> signal instanceof WaitSignal.HandOff handOff
                            && handOff.holder().equals(waiter))
                    .thenCancel()
                    .verify(PATIENCE);
            backend.close().block(PATIENCE);
        }
    }

    /** As users have it who share a server. */
    private static final class PrefixingCodec implements RedisCodec<String, String> {
        private static final String PREFIX = "tenant:";

        @Override
        public String decodeKey(ByteBuffer bytes) {
            String key = StringCodec.UTF8.decodeKey(bytes);
            return key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
        }

        @Override
        public String decodeValue(ByteBuffer bytes) {
            return StringCodec.UTF8.decodeValue(bytes);
        }

        @Override
        public ByteBuffer encodeKey(String key) {
            return StringCodec.UTF8.encodeKey(PREFIX + key);
        }

        @Override
        public ByteBuffer encodeValue(String value) {
            return StringCodec.UTF8.encodeValue(value);
        }
    }
}
