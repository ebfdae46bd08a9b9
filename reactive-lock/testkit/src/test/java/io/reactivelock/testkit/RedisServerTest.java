package io.reactivelock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisServerTest {
    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @Test
    void sharesOneServerPerJvmThatNobodyCloses(RedisServer injected) {
        REDIS.server().close();

        assertThat(injected).isSameAs(REDIS.server());
        assertThat(RedisProbe.nameAndVersion(URI.create(injected.uri()), 0)).isNotBlank();
        assertThat(injected.description())
                .startsWith(RedisProbe.nameAndVersion(URI.create(injected.uri()), 0))
                .endsWith(injected.host() + ":" + injected.port());
    }

    @Test
    void startsAServerOfItsOwnAndLeavesNothingOfIt() {
        URI uri;
        ProcessHandle process;
        try (RedisServer server = RedisServer.start("requirepass secret")) {
            uri = URI.create(server.uri().replace("redis://", "redis://default:secret@"));
            process = ProcessHandle.of(server.pid().orElseThrow()).orElseThrow();
            assertThat(process.isAlive()).isTrue();
            assertThat(server.description()).startsWith(RedisProbe.nameAndVersion(uri, 0) + ", embedded");
        }
        assertThat(process.isAlive()).isFalse();
        assertThatThrownBy(() -> RedisProbe.nameAndVersion(uri, 0)).isInstanceOf(UncheckedIOException.class);
    }
}
