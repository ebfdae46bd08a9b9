package io.reactivelock.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.UncheckedIOException;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
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

    @Test
    @DisplayName("a server that is killed and restarted has what it persisted, unless it is to be empty")
    void restarts() {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync no");
                RedisAdmin admin = new RedisAdmin()) {
            long first = server.pid().orElseThrow();
            admin.ask(server.port(), redis -> redis.set("kept", "1"));

            server.kill();
            server.kill();
            assertThatThrownBy(() -> admin.ask(server.port(), RedisCommands::ping))
                    .isInstanceOf(RedisConnectionException.class);
            server.restart();
            assertThat(admin.<Long>ask(server.port(), redis -> redis.exists("kept")))
                    .isEqualTo(1);
            assertThat(server.pid().orElseThrow()).isNotEqualTo(first);

            server.restartEmpty();
            assertThat(admin.<Long>ask(server.port(), redis -> redis.exists("kept")))
                    .isZero();
        }
    }

    @Test
    void refusesToRestartWhatIsNotItsOwn(RedisServer shared) {
        RedisServer named = RedisServer.running(URI.create(shared.uri()), "as named");
        assertThatThrownBy(named::restart)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("only an embedded server can be killed and restarted, not " + named.description());
    }
}
