package io.reactivelock.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class RedisSentinelTest {
    @Test
    @DisplayName("a failover that is asked for makes a replica the master, with what was replicated")
    void failsOver() {
        try (RedisSentinel redis = RedisSentinel.start();
                RedisAdmin admin = new RedisAdmin()) {
            int first = redis.masterPort();
            admin.ask(first, master -> master.set("kept", "1"));
            redis.stopReplication();
            admin.ask(first, master -> master.set("lost", "1"));

            redis.failOver();

            assertThat(redis.masterPort()).isNotEqualTo(first);
            assertThat(admin.<String>ask(first, former -> former.set("lost", "2")))
                    .isEqualTo("OK");
            assertThat(redis.masters()).contains(first).hasSize(2);
            redis.demote(first);
            redis.awaitOneMaster();
            assertThat(redis.masters()).containsExactly(redis.masterPort());
            assertThatThrownBy(() -> admin.ask(first, former -> former.set("lost", "3")))
                    .isInstanceOf(RedisCommandExecutionException.class)
                    .hasMessageStartingWith("READONLY");
            assertThat(admin.<Long>ask(redis.masterPort(), master -> master.exists("kept")))
                    .isEqualTo(1);
            assertThat(admin.<Long>ask(redis.masterPort(), master -> master.exists("lost")))
                    .isZero();
        }
    }

    @Test
    @DisplayName("a master that was killed is replaced; nothing is left of a closed set")
    void replacesADeadMaster() {
        int second;
        try (RedisAdmin admin = new RedisAdmin()) {
            try (RedisSentinel redis = RedisSentinel.start()) {
                int first = redis.masterPort();
                redis.killMaster();
                assertThatThrownBy(() -> admin.ask(first, master -> master.ping()))
                        .isInstanceOf(RedisConnectionException.class);

                redis.awaitMasterOtherThan(first);

                second = redis.masterPort();
                assertThat(admin.<String>ask(second, master -> master.set("a", "1")))
                        .isEqualTo("OK");
                server(redis, first).restart();
                redis.demote(first);
                RedisAdmin.await(
                        "the former master has what the new one has",
                        () -> admin.<Long>ask(first, former -> former.exists("a")) == 1);
            }
            assertThatThrownBy(() -> admin.ask(second, master -> master.ping()))
                    .isInstanceOf(RedisConnectionException.class);
        }
    }

    private static RedisServer server(RedisSentinel redis, int port) {
        return redis.servers().stream()
                .filter(server -> server.port() == port)
                .findAny()
                .orElseThrow();
    }
}
